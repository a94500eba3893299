from pathlib import Path

import pytest

from keitora.errors import SetupError
from keitora.local import paths


def test_roots_home_is_named_after_the_checkout_and_differs_between_checkouts() -> None:
    first, second = paths.root_home_name(Path("/a/keitora")), paths.root_home_name(Path("/b/keitora"))

    assert first.startswith("keitora-")
    assert first != second


def test_an_ordinary_users_home_lies_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEITORA_HOME", raising=False)
    monkeypatch.setattr(paths, "is_root", lambda: False)

    assert paths.base_dir() == Path(__file__).resolve().parents[3] / ".keitora"


def test_fetched_servers_lie_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(paths, "is_root", lambda: False)

    assert paths.servers_dir() == tmp_path / "keitora" / "servers"


def test_a_demo_has_data_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEITORA_HOME", "/srv/k")

    assert [home.path for home in paths.homes()] == [Path("/srv/k/fleet"), Path("/srv/k/demo")]


def test_a_place_others_cannot_reach_is_refused_with_a_way_out(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(SetupError, match="KEITORA_HOME"):
        paths.require_reachable(closed / "postgres")


def test_a_made_folder_can_be_entered_by_others(tmp_path: Path) -> None:
    made = paths.make_dir(tmp_path / "a" / "b")

    assert made.stat().st_mode & 0o777 == 0o755
    assert made.parent.stat().st_mode & 0o777 == 0o755

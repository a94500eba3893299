"""The committed JSON files, and `keitora dashboards build`."""

import json
from pathlib import Path

import pytest

from keitora.errors import SetupError
from keitora_dashboards.catalogue import files
from keitora_dashboards.commands import dashboards
from keitora_dashboards.folder import default_folder, differences


def test_the_committed_files_are_what_the_code_says() -> None:
    assert differences(default_folder()) == []


def test_a_file_is_named_after_its_uid() -> None:
    for name, text in files().items():
        assert json.loads(text)["uid"] == Path(name).stem


def test_build_writes_and_then_has_nothing_to_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = dashboards(["build", "--to", str(tmp_path)])
    said_first = capsys.readouterr().out
    again = dashboards(["build", "--to", str(tmp_path)])

    assert (first, again) == (0, 0)
    assert "fleet-overview.json written" in said_first
    assert capsys.readouterr().out == f"{tmp_path} is up to date\n"


def test_check_tells_what_differs_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dashboards(["build", "--to", str(tmp_path)])
    (tmp_path / "fleet-overview.json").write_text("{}")
    (tmp_path / "fleet-overview-ja.json").unlink()
    (tmp_path / "old.json").write_text("{}")
    capsys.readouterr()

    code = dashboards(["build", "--check", "--to", str(tmp_path)])

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert lines[:3] == [
        "fleet-overview-ja.json is missing",
        "fleet-overview.json differs",
        "old.json belongs to no dashboard",
    ]
    assert (tmp_path / "fleet-overview.json").read_text() == "{}"


def test_check_of_what_is_up_to_date_is_well(tmp_path: Path) -> None:
    dashboards(["build", "--to", str(tmp_path)])

    assert dashboards(["build", "--check", "--to", str(tmp_path)]) == 0


def test_files_for_one_fleet_have_its_time_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEITORA_FLEET_TIME_ZONE", "Pacific/Chatham")

    assert dashboards(["build", "--to", str(tmp_path)]) == 0

    zones = {json.loads(path.read_text("utf-8"))["timezone"] for path in tmp_path.iterdir()}
    assert zones == {"Pacific/Chatham"}


def test_a_time_zone_that_is_none_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="Asia/Tokio"):
        dashboards(["build", "--to", str(tmp_path), "--time-zone", "Asia/Tokio"])

    assert list(tmp_path.iterdir()) == []

"""`keitora fill-ups import` and `check`, against a real database."""

from pathlib import Path

import psycopg
import pytest

from keitora.errors import KeitoraError
from keitora.fillups.commands import fill_ups
from keitora.fleets.queries import create_fleet
from keitora.vehicles.queries import create_vehicle

ROWS = [f"2026-0{1 + i}-01,{1000 + 400 * i},{2.9 if i == 4 else 28}" for i in range(7)]


@pytest.fixture
def folder(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    with psycopg.connect(database_url) as conn:
        create_vehicle(conn, fleet_id=create_fleet(conn, name="Farm").fleet_id, name="Carry")
    (tmp_path / "fills.csv").write_text("\n".join(["when,km,litres", *ROWS, "never,1,2"]) + "\n")
    (tmp_path / "map.toml").write_text('filled_at = "when"\nodometer = "km"\nvolume = "litres"\n')
    return tmp_path


def test_a_file_is_imported_once_and_what_is_odd_is_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["import", str(folder / "fills.csv"), "--vehicle", "Carry", "--mapping", str(folder / "map.toml")]
    assert fill_ups(words) == 0
    first = capsys.readouterr()
    assert fill_ups(words) == 0
    again = capsys.readouterr()

    assert first.out.startswith("7 fill-ups imported, 0 were there already, 1 lines refused.")
    assert "line 9: 'never' is no date" in first.err
    assert "volume, typed 2.9 L; 29.0 L would fit" in first.out
    assert again.out.startswith("0 fill-ups imported, 7 were there already")
    assert fill_ups(["check", "--vehicle", "Carry"]) == 0
    assert "volume, typed 2.9 L" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--vehicle", "Hijet"], ["--vehicle", "Carry", "--mapping", "nowhere.toml"]])
def test_what_cannot_be_done_is_said(folder: Path, wrong: list[str]) -> None:
    with pytest.raises(KeitoraError):
        fill_ups(["import", str(folder / "fills.csv"), *wrong])

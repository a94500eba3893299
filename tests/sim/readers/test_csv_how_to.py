"""The mapping files of the how-to page do to the CSVs beside them what the page says."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keitora_sim.recording import Drive
from keitora_sim.replay.readers.csv_mapping import read
from keitora_sim.replay.readers.mapping import Mapping, SignalColumn, TimeColumn, parse_mapping
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.units import CONVERSIONS
from tests.sim.readers.reading import drive_of

PAGE = (Path(__file__).parents[3] / "docs" / "howto" / "replay-a-recording.md").read_text("utf-8")
SIX = datetime(2026, 4, 1, 6, tzinfo=UTC)


def examples() -> list[tuple[str, str]]:
    return re.findall(r"```csv\n(.*?)```.*?```toml\n(.*?)```", PAGE, re.DOTALL)


def drive(number: int) -> Drive:
    text, toml = examples()[number]
    mapping = parse_mapping(toml)
    return drive_of(read, text.encode(mapping.encoding), Options(mapping=mapping))


def test_japanese_headers_words_and_foreign_units() -> None:
    found = drive(0)

    assert [row.sampled_at.second for row in found.rows] == [0, 1]
    assert found.rows[0].sampled_at == SIX
    assert found.rows[0].values == {
        "speed_kmh": pytest.approx(40.23, abs=0.01),
        "coolant_temp_c": pytest.approx(90),
        "ignition_on": 1,
        "cargo": 3,
    }
    assert found.rows[1].values == {"coolant_temp_c": pytest.approx(90), "ignition_on": 0}
    assert not found.skipped


def test_decimal_commas_groups_of_thousands_and_milliseconds() -> None:
    rows = drive(1).rows

    assert rows[0].sampled_at == SIX.replace(microsecond=500_000)
    assert rows[0].values == {"speed_kmh": pytest.approx(45), "baro_kpa": pytest.approx(101.325)}


def test_every_key_of_a_mapping_file_is_in_an_example_or_the_text() -> None:
    for model in (Mapping, TimeColumn, SignalColumn):
        for key in model.model_fields:
            assert re.search(rf"^{key} =|\[{key}[.\]]|`{key} =", PAGE, re.MULTILINE), key


def test_every_unit_is_named() -> None:
    assert [unit for unit in CONVERSIONS if f"`{unit}`" not in PAGE] == []

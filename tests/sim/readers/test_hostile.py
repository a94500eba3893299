"""Files that were damaged anywhere: some rows or a reason, never another error, never an endless one."""

import json
from contextlib import suppress
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora_sim.messages import messages_of
from keitora_sim.recording import RecordingError
from keitora_sim.replay.files import CSV, FORMATS, loaded
from keitora_sim.replay.readers.mapping import parse_mapping
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.source import Source
from tests.sim.readers import (
    test_bmw_i3,
    test_carobd,
    test_csv_mapping,
    test_emission,
    test_gpx,
    test_kit,
    test_ndsbr,
    test_obd_fusion,
    test_owntracks_rec,
    test_teslafi,
)

WHOLE: Final = {
    "obd-fusion": "\n".join([test_obd_fusion.HEADER, test_obd_fusion.FIRST, test_obd_fusion.MOVING]),
    "kit": "\n".join([test_kit.HEADER, *test_kit.LINES]),
    "python-obd": "timestamp,RPM,SPEED\n2026-04-01T15:00:00,766.25,12\n2026-04-01T15:00:01,800,12.5 kph\n",
    "carobd": test_carobd.text_of(0, 1, 1, 2, 2, 3),
    "bmw-i3": test_bmw_i3.SUMMER + "0;0;578;0;390.3;-6.2;24;83.5;100;90;21.5\n",
    "teslafi": test_teslafi.HEADER + test_teslafi.DRIVES + test_teslafi.CHARGES + test_teslafi.SLEEPS,
    "ndsbr": "\n".join([test_ndsbr.HEADER, *[test_ndsbr.line(f"22:17:2{n}", f"19:17:2{n}") for n in range(4)]]),
    "gpx": test_gpx.TRACK,
    "owntracks": test_owntracks_rec.LINES,
    "e-mission": json.dumps(test_emission.DAY, indent=1),
    "csv": "ts,v\n1775023200500,12\nnever,13\n",
}
NASTY: Final = [
    *("", "\x00", '"', "\n", ";", ",", "-1", "1e999", "nan", "٣", "\ufeff", "0001-01-01T00:00:00", "01/01/0001"),
    *("9" * 21, "9" * 5000, "[" * 3000, "\n2015-08-24T05:55:07Z\t*\t" + "[" * 3000),
]
OPTIONS: Final = Options(mapping=parse_mapping(test_csv_mapping.EPOCH))


def test_every_kind_has_a_whole_file_here() -> None:
    assert WHOLE.keys() == FORMATS.keys()
    for kind, text in WHOLE.items():
        claimed = [name for name, other in FORMATS.items() if other.is_mine(text)]
        assert claimed == ([] if kind == CSV else [kind])


@pytest.mark.parametrize("kind", WHOLE)
@given(data=st.data())
def test_a_damaged_file_gives_rows_or_a_reason(kind: str, data: st.DataObject) -> None:
    content = WHOLE[kind].encode()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 40)))
        put = data.draw(st.one_of(st.sampled_from(NASTY).map(str.encode), st.binary(max_size=8)))
        content = content[:start] + put + content[end:]

    with suppress(RecordingError):
        assert messages_of(loaded(Source.of_bytes("2026-04-01.log", content), kind, OPTIONS).drive, boot=1)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("python-obd", "0001-01-01T00:00:00,1,2\n"),
        ("owntracks", "2015-08-24T05:55:07Z\t*\t" + "[" * 100_000 + "\n"),
        ("owntracks", '2015-08-24T05:55:07Z\t*\t{"_type":"location","tst":1e300,"lat":1,"lon":1}\n'),
        ("csv", "1e300,1\n"),
    ],
)
def test_a_line_that_would_break_a_library_is_counted(kind: str, line: str) -> None:
    whole = loaded(Source.of_bytes("log", WHOLE[kind].encode()), kind, OPTIONS).drive
    damaged = loaded(Source.of_bytes("log", (WHOLE[kind] + "\n" + line).encode()), kind, OPTIONS).drive

    assert list(damaged.rows) == list(whole.rows)
    assert sum(damaged.skipped.values()) == sum(whole.skipped.values()) + 1

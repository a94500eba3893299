"""Scenario files: what is wrong with one is said, and the same one always gives the same bytes."""

import itertools
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from keitora.errors import SetupError
from keitora.signals.check import plausible
from keitora.signals.registry import BY_COLUMN
from keitora.wire.native import Telemetry
from keitora_sim.commands import sim
from keitora_sim.loggers.model import Sent
from keitora_sim.loggers.table import FORMATS
from keitora_sim.scenario.command import check_clocks, live_fleet
from keitora_sim.scenario.file import library, read
from keitora_sim.scenario.make import Fleet
from keitora_sim.truth.file import Truths
from keitora_sim.truth.file import read as read_truth
from keitora_sim.truth.file import write as write_truth
from keitora_sim.truth.model import FaultTruth, Line, TripTruth

SMALL = """
name: tiny
description: one market run
fleet: Tiny farm
first_day: 2026-04-07
trucks:
  - {name: Carry, variant: carry-da16t, day: market}
"""


NOON = datetime(2026, 7, 20, 12, tzinfo=UTC)  # a holiday in Japan


def lived(path: str, **changes: int) -> tuple[list[Sent], list[Line]]:
    messages, truth = [], []
    for made in Fleet(read(path, **changes)).days():  # type: ignore[arg-type]
        messages += made.messages
        truth += made.truth
    return messages, truth


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(SMALL)
    return str(path)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("carry-da16t", "cary"), r"trucks.1: variant: no truck 'cary'; there are carry-da16t"),
        (("day: market", "day: party"), r"no kind of day 'party'; there are delivery"),
        (
            ("first_day: 2026-04-07", "first_day: soon"),
            r"first_day: 'soon' cannot be: write a date that there is, as 2026-04-07",
        ),
        (("fleet:", "flet:"), r"fleet: is missing: Name of the fleet"),
        (
            ("day: market}", "day: market, colour: red}"),
            r"line 7: trucks.1.colour: there is no such setting; there are",
        ),
        (("first_day: 2026-04-07", "first_day: 2026-04-31"), r"line 5: first_day: '2026-04-31' cannot be"),
        (("name: tiny", "name: tiny\nfleet: Other"), r"line 5: fleet: is written twice"),
        (
            ("day: market}", "day: market, driver: hasty}"),
            r"'hasty' is none, did you mean harsh\?; write one of smooth,",
        ),
        (
            ("name: tiny", "name: tiny\nfaults: {dublicates: 1}"),
            r"faults.dublicates: .*, did you mean duplicates\?; there",
        ),
        (("name: tiny", "name: tiny\ndrivers: Sato"), r"line 3: drivers: 'Sato' cannot be: write a list"),
        (("name: tiny", "name: tiny\nrests: often"), r"line 3: rests: 'often' cannot be: write true or false"),
        (("name: tiny", "name: tiny\ndays: 0"), r"line 3: days: 0 cannot be: write what is greater than or equal to 1"),
        (("name: tiny", "name: Tiny Farm"), r"line 2: name: 'Tiny Farm' cannot be: a-z, 0-9 and hyphen"),
        (("name: tiny", "\tname: tiny"), r"line 2: .*\(indent with spaces\)"),
        (
            ("carry-da16t, day: market}", "carry-dd51t, day: market, logger: {tier: obd-maf}}"),
            r"line 7: trucks.1: logger.tier: carry-dd51t has a carburettor and no plug; write tracker",
        ),
        (
            ("carry-da16t, day: market}", "n-van-e, day: market, broken: dead fan}"),
            r"broken: an electric truck has no dead fan; it can have a weak battery",
        ),
        (
            ("day: market}", "day: market, swaps_logger_with: Carry, swaps_on: 2026-04-07}"),
            r"trucks.1: swaps_logger_with: it cannot change loggers with itself",
        ),
        (("name: tiny", "name: tiny\ntime_zone: Mars/Base"), r"no time zone 'Mars/Base'"),
        (
            ("day: market}", "day: market, faults: {duplicates: 3}}"),
            r"line 7: trucks.1.faults.duplicates: 3 is no share: write 0 to 1",
        ),
        (("name: tiny", "name: [tiny"), r"tiny.yaml: line 3: "),
        (
            ("day: market}", "day: market, logger: {format: ovms}}\nfaults: {wrong_clock: 0.5}"),
            r"Carry: faults: wrong_clock: ovms cannot have it: its messages tell no time; give this truck `faults`",
        ),
        (
            ("day: market}", "day: market, logger: {format: owntracks}, faults: {wrong_clock: 1}}"),
            r"Carry: its faults: wrong_clock: owntracks cannot have it: the time of a fix is the satellites' own",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(SMALL.replace(*change))

    with pytest.raises(SetupError, match=complaint):
        read(str(path))


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_bytes(SMALL.replace("Tiny farm", "Ferme d'été").encode("latin-1"))

    with pytest.raises(SetupError, match=r"tiny.yaml: it is not UTF-8"):
        read(str(path))


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(SetupError, match=r"nowhere.yaml: No such file"):
        read("nowhere.yaml")


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tiny: str) -> None:
    assert lived(tiny) == lived(tiny)
    assert lived(tiny)[0] != lived(tiny, seed=2)[0]


def test_messages_go_out_in_order_and_rows_are_plausible_and_numbered(tiny: str) -> None:
    messages, _ = lived(tiny)

    assert all(a.at <= b.at for a, b in itertools.pairwise(messages))
    numbers: list[int] = []
    for message in messages:
        told = Telemetry.model_validate_json(message.payload)
        numbers += range(told.q, told.q + len(told.r))
    assert numbers == list(range(len(numbers)))
    assert sum(message.rows for message in messages) == len(numbers)


def test_the_truth_adds_up(tiny: str, tmp_path: Path) -> None:
    _, lines = lived(tiny)
    path = tmp_path / "truth.jsonl"

    write_truth(path, lines)
    truths = read_truth(path)

    truck = truths.trucks[0]
    assert sum(trip.distance_m for trip in truths.trips) == pytest.approx(truck.distance_m, abs=1)
    assert sum(trip.fuel_l for trip in truths.trips) <= truck.fuel_l
    assert 12 < truck.distance_m / 1000 / truck.fuel_l < 20  # loaded one way; JC08 of the empty truck is 18.6 km/L
    assert [visit.place for visit in truths.visits][:2] == ["market", "diner"]
    assert all(a.ended_at < b.started_at for a, b in zip(truths.trips, truths.trips[1:], strict=False))
    assert truths.run
    assert truths.run.scenario == "tiny"


def test_a_torn_truth_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text('{"kind":"run","scenario":"x","seed":1,"trucks":1}\n{"kind":"tr')

    with pytest.raises(SetupError, match=r"truth.jsonl:2: not a line of a truth file"):
        read_truth(path)


@pytest.mark.parametrize("path", library(), ids=lambda path: path.stem)
def test_every_scenario_of_the_library_can_be_read(path: Path) -> None:
    assert read(path.stem).name == path.stem


def test_a_wrong_clock_that_the_arrival_corrects_is_refused_in_the_past(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(
        SMALL.replace("day: market}", "day: market, logger: {format: teltonika}}\nfaults: {wrong_clock: 0.5}")
    )

    with pytest.raises(SetupError, match=r"Carry: rows that teltonika makes with a wrong clock .* --live; or give"):
        check_clocks(read(str(path)))


def test_a_wrong_clock_hides_from_the_score_only_what_nobody_can_know(tmp_path: Path) -> None:
    path, struck = tmp_path / "tiny.yaml", {}
    for name in ("native", "wican-pro", "teltonika", "traccar"):
        path.write_text(SMALL.replace("market}", f"market, logger: {{format: {name}}}}}\nfaults: {{wrong_clock: 1}}"))
        struck[name] = {line.fault for line in lived(str(path))[1] if isinstance(line, FaultTruth)}

    hidden, known = {"unseen_by_wrong_clock"}, {"wrong_clock"}
    assert struck == {"native": known, "wican-pro": known, "teltonika": hidden, "traccar": hidden}


def test_a_format_without_a_clock_is_refused_in_the_past() -> None:
    with pytest.raises(SetupError, match=r"WiCAN: wican can only be sent --live: its messages tell no time"):
        check_clocks(read("every-format"))


def test_first_day_can_be_chosen(tiny: str) -> None:
    moved = read(tiny, first_day=date(2026, 5, 6))

    assert Fleet(moved).scenario.first_day == date(2026, 5, 6)


def test_scenarios_and_trucks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert sim(["scenarios"]) == sim(["trucks"]) == 0

    said = capsys.readouterr().out
    assert "small-check" in said
    assert "sambar-tt2-sc" in said
    assert "lunch-van" in said


def test_a_calm_driver_makes_no_harsh_braking_and_a_harsh_one_does(tmp_path: Path) -> None:
    events = {}
    for driver in ("smooth", "harsh"):
        path = tmp_path / f"{driver}.yaml"
        path.write_text(SMALL.replace("day: market", f"day: market, driver: {driver}"))
        truths = Truths()
        for line in lived(str(path))[1]:
            truths.add(line)
        events[driver] = [event.event for event in truths.events]

    assert "harsh_braking" not in events["smooth"]
    assert events["harsh"].count("harsh_braking") >= 3


def test_loggers_that_change_trucks_do_so_at_midnight(tmp_path: Path) -> None:
    path = tmp_path / "swap.yaml"
    swap = "{name: Carry, variant: carry-da16t, day: market, swaps_logger_with: Hijet, swaps_on: 2026-04-09}"
    path.write_text(f"""
name: swap
description: two trucks
fleet: Swap farm
first_day: 2026-04-07
days: 3
rests: false
trucks: [{swap}, {{name: Hijet, variant: hijet-s500p, day: orchard}}]
""")
    rows: dict[str, list[tuple[int, int]]] = {}

    for message in lived(str(path))[0]:
        told = Telemetry.model_validate_json(message.payload)
        rows.setdefault(message.device, []).extend(
            (told.q + index, (told.t or 0) + int(row[0] or 0)) for index, row in enumerate(told.r)
        )

    assert len(rows) == 2
    for numbered in rows.values():  # parked or not, a truck's rows of before went out by its logger of before
        times_ms = [at_ms for _, at_ms in sorted(numbered)]
        assert times_ms == sorted(times_ms)


def test_all_values_are_such_as_can_be_true() -> None:
    for message in lived("small-check")[0]:
        if message.topic.startswith("kei/"):
            told = Telemetry.model_validate_json(message.payload)
            signals = [signal for key in told.f for signal in BY_COLUMN.values() if signal.wire == key]
            for row in told.r:
                for signal, value in zip(signals, row[1:], strict=True):
                    assert value is None or plausible(signal, value) is not None, (signal.column, value)


def test_live_it_is_any_time_of_the_day_that_is_wished_for(tiny: str) -> None:
    scenario = read(tiny).model_copy(update={"rests": False})

    for fleet, clock in ((live_fleet(scenario, NOON, time(4, 30)), time(4, 30)), (live_fleet(scenario, NOON), None)):
        trips = [line for made in fleet.days() for line in made.truth if isinstance(line, TripTruth)]
        if clock is None:
            assert timedelta(0) < trips[0].started_at - NOON < timedelta(minutes=1)
        else:
            begins = trips[0].started_at - NOON
            assert timedelta(hours=-1.5) < begins < timedelta(0)  # to the market from 3:20 on


def test_a_live_scenario_whose_trucks_all_rest_says_so(tiny: str) -> None:
    with pytest.raises(SetupError, match=r"no truck drives on 2026-07-20; `rests: false` lets them"):
        live_fleet(read(tiny), NOON)


def test_a_scenario_of_weeks_tells_of_services_and_of_what_broke(tmp_path: Path) -> None:
    path = tmp_path / "weeks.yaml"
    path.write_text(SMALL.replace("day: market}", "day: valley}") + "days: 12\nbreakdowns: true\nseed: 5\n")
    path.write_text(path.read_text().replace("2026-04-07", "2026-04-01"))
    truths = Truths()
    for line in lived(str(path))[1]:
        truths.add(line)

    jobs = [line.service for line in truths.services]
    assert "tyre change" in jobs  # in April, in the hills
    for failure in truths.failures:
        assert (failure.ended_at is None) == (f"repair: {failure.failure}" not in jobs)


def test_what_was_sampled_without_a_clock_comes_after_the_message_that_tells_the_time(tmp_path: Path) -> None:
    path = tmp_path / "unclocked.yaml"
    path.write_text(SMALL + "faults: {wrong_clock: 1, reboots_per_day: 3}\n")

    told = [Telemetry.model_validate_json(message.payload) for message in lived(str(path))[0]]

    assert any(message.c == 0 for message in told)
    for boot in {message.b for message in told}:
        first = next(message for message in told if message.b == boot)
        assert first.c > 0


def test_another_process_with_another_order_of_its_sets_makes_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "all.yaml"
    faults = "outages_per_day: 1, reboots_per_day: 1, duplicates: 0.1, reordering: 0.1, stuck_value: 0.5, garbage: 0.05"
    trucks = [
        f"  - {{name: Truck {number}, variant: hijet-s500p, day: market, logger: {{format: {name}}}}}"
        for number, name in enumerate(FORMATS[::3])
    ]
    path.write_text(SMALL[: SMALL.index("trucks:")] + f"faults: {{{faults}}}\ntrucks:\n" + "\n".join(trucks))
    script = (
        "import hashlib, sys\n"
        "from keitora_sim.scenario.file import read\n"
        "from keitora_sim.scenario.make import Fleet\n"
        "told = [repr((made.messages, made.truth)) for made in Fleet(read(sys.argv[1])).days()]\n"
        "print(hashlib.sha256(repr(told).encode()).hexdigest())\n"
    )

    digests = {
        subprocess.run(
            [sys.executable, "-c", script, str(path)],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "4711")
    }

    assert len(digests) == 1

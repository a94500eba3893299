"""Promise 2: the derived rows are a function of the samples, in whatever order and company they arrive."""

from collections.abc import Mapping, Sequence

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keitora.books.sample import Sample
from keitora.derive.queries import admit_touched, claim, touch_all
from keitora.local.testing import TemporaryPostgres
from keitora.wire.native import encode_telemetry
from keitora_ingestor.deriver import derive_next
from tests.core.derive.drives import START_MS, Stretch, drive
from tests.ingestor.conftest import Yard
from tests.system.arrival import Arrival, arrivals, deliver
from tests.system.derived import derive_all, derived_rows, forget_samples

KEYS = {
    "spd": "speed_kmh",
    "rpm": "engine_rpm",
    "maf": "maf_gs",
    "odo": "odometer_km",
    "lat": "lat",
    "lon": "lon",
    "gspd": "gnss_speed_kmh",
    "soc": "soc_pct",
    "chg": "charging_on",
    "fl": "fuel_level_pct",
}

MORNING = [
    Stretch(60, 0, 900, soc_pct=60.0, level_pct=50.0), Stretch(240, 30, 2200), Stretch(40, 0, 800),
    Stretch(280, 48, 2900), Stretch(20, 48, 6900, soc_pct=58.0),
    Stretch(420, 0, 0, soc_pct=58.0, soc_a_minute_pct=1.0, charging=True, level_pct=49.0),
    Stretch(200, 25, 2000), Stretch(90, 25, 2000, silent=True), Stretch(120, 25, 2000, soc_pct=63.0),
    Stretch(700, 0, 0, level_pct=80.0), Stretch(150, 12, 1500), Stretch(330, 0, 0),
]  # fmt: skip
DONGLE = list(drive(MORNING, gnss=False, every_s=2, odometer_step_km=0.1))
PHONE = [
    one._replace(speed_kmh=None, engine_rpm=None, maf_gs=None)
    for one in drive(MORNING, wheels=False, every_s=10, start_ms=START_MS + 400)
]


def messages(
    samples: Sequence[Sample], device_key: str, rows_each: int, known: Mapping[str, str] = KEYS
) -> list[tuple[str, bytes]]:
    """Return the samples as a logger sends them, so many rows a message, of the `known` keys."""
    sent = []
    for begin in range(0, len(samples), rows_each):
        part = samples[begin : begin + rows_each]
        first_ms = part[0].at_ms
        rows = [[one.at_ms - first_ms, *(getattr(one, column) for column in known.values())] for one in part]
        body = encode_telemetry(
            boot=1,
            first_sequence=begin,
            unix_ms=first_ms,
            uptime_ms=first_ms - START_MS,
            built_uptime_ms=first_ms - START_MS,
            clock_quality=3,
            keys=list(known),
            rows=rows,
        )
        sent.append((f"kei/v1/{device_key}/t", body))
    return sent


@pytest.fixture
def two_loggers(yard: Yard) -> Yard:
    """A truck with a dongle and a phone, and named places where its morning begins and passes."""
    yard.device("phone-1")
    for name, lat, radius_m in (("Yard", 35.0, 150), ("Field", 35.055, 400), ("Valley", 35.05, 5000)):
        yard.conn.execute(
            """INSERT INTO place (fleet_id, name, kind, lat, lon, radius_m, area_m2, on_farm)
               VALUES (%s, %s, 'field', %s, 139, %s, %s, true)""",
            [yard.fleet_id, name, lat, radius_m, radius_m**2],
        )
    return yard


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows_each=st.tuples(st.sampled_from([1, 7, 60, 500]), st.sampled_from([1, 10, 100])),
    arrival=arrivals("carry-1", "phone-1"),
)
def test_shuffled_doubled_regrouped_or_late_the_rows_are_the_same(
    two_loggers: Yard, rows_each: tuple[int, int], arrival: Arrival
) -> None:
    yard = two_loggers
    forget_samples(yard.conn)
    yard.send_all([*messages(DONGLE, "carry-1", 100), *messages(PHONE, "phone-1", 100)])
    derive_all(yard.conn)
    expected = derived_rows(yard.conn)
    assert len(expected["trip"]) == 3
    assert len(expected["episode"]) == 1
    assert len(expected["visit"]) >= 3

    forget_samples(yard.conn)
    deliver(yard, [*messages(DONGLE, "carry-1", rows_each[0]), *messages(PHONE, "phone-1", rows_each[1])], arrival)

    assert derived_rows(yard.conn) == expected


def test_a_rebuild_changes_nothing(two_loggers: Yard) -> None:
    yard = two_loggers
    for message in [*messages(DONGLE, "carry-1", 30), *messages(PHONE, "phone-1", 10)]:
        yard.send_all([message])
        derive_all(yard.conn)
    before = derived_rows(yard.conn)

    assert touch_all(yard.conn, None) == 1
    derive_all(yard.conn)

    assert derived_rows(yard.conn) == before


def test_a_worker_with_the_rights_of_the_service_makes_the_rows_of_the_owner(
    two_loggers: Yard, postgres: TemporaryPostgres, database_url: str
) -> None:
    """Row-level security holds for it, as on every installation, and refuses it some statements altogether."""
    yard = two_loggers
    service_url = postgres.allow_login("keitora_ingestor").rsplit("/", 1)[0] + "/" + database_url.rsplit("/", 1)[1]

    with psycopg.connect(service_url, autocommit=True) as service:
        for message in [*messages(DONGLE, "carry-1", 100), *messages(PHONE, "phone-1", 100)]:
            yard.send_all([message])
            derive_all(service)  # from the second time on it goes on from a state
    made = derived_rows(yard.conn)
    assert len(made["trip"]) == 3
    assert len(made["visit"]) >= 3

    touch_all(yard.conn, None)
    derive_all(yard.conn)

    assert derived_rows(yard.conn) == made


def test_two_workers_never_take_the_same_truck(two_loggers: Yard, database_url: str) -> None:
    yard = two_loggers
    yard.send_all(messages(DONGLE, "carry-1", 100))
    admit_touched(yard.conn)

    with psycopg.connect(database_url) as other:
        assert claim(other) is not None
        assert not derive_next(yard.conn)
        other.rollback()

    assert derive_next(yard.conn)

"""Late samples cost the fold of their hours, not of all that came since, and change nothing else."""

from datetime import timedelta
from random import Random

import pytest

from keitora.books.sample import Sample
from keitora.derive.touches import Touch, joined
from keitora_ingestor.deriver import derive_next
from tests.core.derive.drives import START, START_MS, Stretch, drive
from tests.ingestor.conftest import Yard
from tests.system.derived import derive_all, derived_rows, forget_samples
from tests.system.test_arrival_order import messages

DAY_MS = 86_400_000
DAYS = 20
LATER = START + timedelta(days=60)


def a_day(number: int) -> list[Sample]:
    """An hour of a day: out, a stop, and back; then parked until the evening, told every half hour."""
    course = [Stretch(30, 0, 800), Stretch(400, 30 + number % 7, 2000), Stretch(500, 0, 0), Stretch(400, 28, 1900)]
    busy = list(drive([*course, Stretch(300, 0, 0)], start_ms=START_MS + number * DAY_MS, every_s=10))
    parked = drive([Stretch(8 * 3600)], start_ms=busy[-1].at_ms, every_s=1800)
    return [*busy, *parked]


@pytest.fixture
def long_known(yard: Yard) -> Yard:
    """A truck with twenty days of samples, all derived but for one that came late."""
    everything = [a_day(number) for number in range(DAYS)]
    for number, samples in enumerate(everything):
        kept = samples if number != 3 else [*samples[:20], *samples[40:]]
        yard.send_all(messages(kept, "carry-1", 500), received_at=LATER)
    derive_all(yard.conn)
    return yard


def rows_from_scratch(yard: Yard) -> object:
    yard.conn.execute("DELETE FROM derive_checkpoint")
    yard.conn.execute("UPDATE derive_state SET state = NULL")
    yard.conn.execute(
        "INSERT INTO derive_touch (vehicle_id, touched_from, touched_to)"
        " SELECT vehicle_id, min(sampled_at), max(sampled_at) FROM sample GROUP BY vehicle_id"
    )
    derive_all(yard.conn)
    return derived_rows(yard.conn)


def test_a_late_sample_of_long_ago_costs_hours_and_not_weeks(long_known: Yard) -> None:
    yard = long_known
    late = a_day(3)[20:40]
    before = derived_rows(yard.conn)

    yard.send_all(messages([one._replace(device_id=1) for one in late], "carry-1", 7), received_at=LATER)
    done = derive_next(yard.conn)

    assert done is not None
    assert done.folded_count <= 3 * len(a_day(3))
    assert done.changed_count > 0
    after = derived_rows(yard.conn)
    assert after != before
    assert rows_from_scratch(yard) == after


def test_a_late_sample_and_a_new_one_in_the_same_batch_are_two_stretches(long_known: Yard) -> None:
    yard = long_known
    new = a_day(DAYS)

    yard.send_all([*messages(a_day(3)[20:40], "carry-1", 20), *messages(new, "carry-1", 500)], received_at=LATER)
    done = derive_next(yard.conn)

    assert done is not None
    assert done.folded_count <= 3 * len(a_day(3)) + len(new)
    assert rows_from_scratch(yard) == derived_rows(yard.conn)


@pytest.mark.parametrize("seed", range(4))
def test_going_back_never_makes_other_rows_than_folding_at_once(yard: Yard, seed: int) -> None:
    chance = Random(seed)
    parts = [part for number in range(8) for part in messages(a_day(number), "carry-1", 60)]
    chance.shuffle(parts)
    forget_samples(yard.conn)

    for begin in range(0, len(parts), 3):
        yard.send_all(parts[begin : begin + 3], received_at=LATER)
        derive_all(yard.conn)

    arrived = derived_rows(yard.conn)
    assert rows_from_scratch(yard) == arrived


def test_stretches_that_touch_are_one_and_distant_ones_stay_apart() -> None:
    def at(second: int) -> Touch:
        return Touch(START + timedelta(seconds=second), START + timedelta(seconds=second + 60))

    near, nearer, far = at(0), at(50), at(90_000)

    assert joined([far, nearer, near]) == [Touch(near.from_at, nearer.to_at), far]

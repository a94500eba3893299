"""Recorded electric cars through the fold: energy by state of charge alone, and a charge."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keitora.books.rows import TripRow
from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.books.truck import Truck
from keitora.derive.facts import Facts
from keitora.derive.fold import fold
from keitora.energy.pack import Pack, Swing, learn_pack
from tests.core.derive import recorded

pytestmark = pytest.mark.recordings


def folded(samples: list[Sample], zone: str = "Europe/Berlin") -> Facts:
    return fold(State(), samples, Rules(truck=Truck(energy="electric"), time_zone=zone))[1]


def by_charge_kwh(trip: TripRow, pack: Pack) -> float:
    """As `told_energy` has it."""
    at_zero = 1 - 50 * pack.slope_ratio_a_pct
    return pack.kwh_a_pct_at_half * (at_zero * trip.soc_used_pct + pack.slope_ratio_a_pct * trip.soc_moment_pct2)


def test_each_trips_energy_follows_from_its_state_of_charge_within_3_percent_of_the_integral(recordings: Path) -> None:
    """Each trip by a battery learnt from the other two; its own volts and amperes are taken away."""
    drives = [list(recorded.of_bmw(path)) for path in sorted((recordings / "bmw_i3").glob("*.csv*"))]
    measured = [trip for drive in drives for trip in folded(drive).trips]
    assert [trip.energy_method for trip in measured] == ["measured"] * 3
    for number, drive in enumerate(drives):
        others = [trip for trip in measured if trip is not measured[number]]
        pack = learn_pack([swing_of(trip) for trip in others])
        silent = [sample._replace(hv_voltage_v=None, hv_current_a=None, hv_power_kw=None) for sample in drive]
        [trip] = folded(silent).trips

        assert pack is not None
        assert trip.energy_method == "soc"
        assert trip.energy_kwh is None
        assert by_charge_kwh(trip, pack) == pytest.approx(measured[number].energy_kwh, rel=0.03)


def swing_of(trip: TripRow) -> Swing:
    assert trip.soc_from_pct is not None
    assert trip.soc_to_pct is not None
    assert trip.energy_kwh is not None
    return Swing(
        from_soc_pct=trip.soc_from_pct,
        to_soc_pct=trip.soc_to_pct,
        energy_kwh=trip.energy_kwh,
        mean_voltage_v=trip.hv_voltage_v,
    )


def test_a_recorded_charge_is_found_to_the_minute(recordings: Path) -> None:
    """Its owner's program has it from 23:04:32 to 00:14:32 UTC, 57 to 70 %, 10.11 kWh."""
    path = recordings / "teslafi" / "01_complete" / "TeslaFi62016.csv"
    facts = folded(list(recorded.of_teslafi(path, "America/Los_Angeles")), "America/Los_Angeles")
    begun, over = datetime(2016, 6, 26, 23, 4, 32, tzinfo=UTC), datetime(2016, 6, 27, 0, 14, 32, tzinfo=UTC)

    [one] = [charge for charge in facts.charges if abs(charge.started_at - begun) < timedelta(seconds=60)]
    assert abs(one.heard_at - over) < timedelta(seconds=60)
    assert (one.from_soc_pct, one.to_soc_pct) == (57, 70)
    assert one.measured_kwh == pytest.approx(10.11, rel=0.03)  # from whole kilowatts of the charger

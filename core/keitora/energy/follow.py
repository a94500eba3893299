"""Follow a traction battery from sample to sample: what a drive draws of its charge, and when it is charged.

Charging is what the truck says; or power into the battery while it stands; or a state of charge that has risen while it
stood, which is how a silent night at the cable is found. Pure, but for the memory it moves along.
"""

from typing import Final, NamedTuple

from keitora.books.battery import NEVER_MS, Battery, BatterySums, Charge
from keitora.books.fix import Fix
from keitora.books.sample import Sample
from keitora.books.totals import Totals

SILENCE_MS: Final = 30 * 60_000
"""A truck that shows no charging for so long: what follows is another charge, unless the state of charge rose on."""
LEAST_PCT: Final = 1.0
LEAST_KWH: Final = 0.1
_SURE_PCT: Final = 3.0
"""So much more after a silence was charged, even if the truck rolls already when it is heard again."""
_CHARGING_KW: Final = 0.3
_SAID_LATE_MS: Final = 180_000
_SAID_HOLD_MS: Final = 6 * 3600_000
_POWER_HOLD_MS: Final = 300_000
_OTHER_DEVICE_MS: Final = 600_000
_START_HOLD_MS: Final = 600_000
_SLOT_MS: Final = 6 * 3600_000


class Now(NamedTuple):
    """What else is known at the sample. `power_kw` (into the battery positive) and `voltage_v` only if just sampled."""

    rolls: bool
    leg_started_ms: int | None
    power_kw: float | None
    voltage_v: float | None
    place: Fix | None


def concerns(battery: Battery, sample: Sample, totals: Totals) -> bool:
    """Tell whether a sample says anything of a battery, or there is one to be followed."""
    return (
        sample.soc_pct is not None
        or sample.charging_on is not None
        or totals.energy_known_s > 0
        or battery.soc_ms != NEVER_MS
        or battery.charge is not None
    )


def follow(battery: Battery, sample: Sample, totals: Totals, now: Now) -> Charge | None:
    """Take in a sample; what it drew goes to `totals`, what was charged to the charge. Return a charge that ended.

    Energy into the battery at the cable is not the truck's use: it is taken out of `totals`.
    """
    if sample.charging_on is not None:
        battery.said_on, battery.said_ms = sample.charging_on, sample.at_ms
    soc_pct = _believed(battery, sample)
    charges_from_ms = _charges_from(battery, sample, soc_pct, now)
    ended = _end(battery, sample, soc_pct, now)
    if charges_from_ms is not None:
        if battery.charge is None:
            battery.charge = _begin(battery, charges_from_ms, soc_pct, now)
        _take_in(battery.charge, sample.at_ms, soc_pct, now)
    if battery.charge is not None or ended is not None:
        totals.energy_kwh = totals.energy_known_s = 0.0
    elif soc_pct is not None:
        _count_fall(battery, soc_pct, totals, now)
    if now.rolls and battery.charge is not None:  # heard of only now that it is over
        ended, battery.charge = battery.charge, None
    if ended is not None:
        battery.closed_ms = ended.heard_ms
        battery.said_on = None if now.rolls else battery.said_on
    _note_voltage(totals, now)
    _remember(battery, sample, soc_pct, now)
    return ended if ended is not None and is_charge(ended) else None


def is_charge(charge: Charge) -> bool:
    """Tell whether something was charged: a per cent, or a tenth of a kilowatt-hour."""
    if charge.heard_ms <= charge.started_ms:
        return False
    rose = charge.from_soc_pct is not None and charge.to_soc_pct is not None
    rose = rose and (charge.to_soc_pct or 0.0) - (charge.from_soc_pct or 0.0) >= LEAST_PCT
    return rose or charge.measured_kwh > LEAST_KWH


def forget_battery(battery: Battery, at_ms: int, long_ms: int) -> None:
    """Forget what a battery told very long ago."""
    if battery.charge is None and at_ms - battery.soc_ms > long_ms:
        battery.device_id = None
        battery.soc_pct = battery.low_pct = 0.0
        battery.soc_ms = battery.low_ms = battery.closed_ms = NEVER_MS
    if at_ms - battery.said_ms > _SAID_HOLD_MS:
        battery.said_on, battery.said_ms = None, NEVER_MS


def _believed(battery: Battery, sample: Sample) -> float | None:
    """Return the state of charge, unless another device has told it lately: two gauges never agree."""
    if sample.soc_pct is None:
        return None
    if battery.device_id is not None and sample.device_id != battery.device_id:
        if sample.at_ms - battery.soc_ms <= _OTHER_DEVICE_MS:
            return None
        battery.soc_pct, battery.soc_ms, battery.low_ms = sample.soc_pct, sample.at_ms, NEVER_MS
    battery.device_id = sample.device_id
    return sample.soc_pct


def _charges_from(battery: Battery, sample: Sample, soc_pct: float | None, now: Now) -> int | None:
    """Return since when (Unix ms) the truck charges, if this sample shows that it does or has."""
    at_ms = sample.at_ms
    if soc_pct is not None and battery.soc_ms != NEVER_MS and at_ms - battery.soc_ms > SILENCE_MS:
        # The gauge was silent, as a sleeping truck's is.
        enough_pct = _SURE_PCT if now.rolls or now.leg_started_ms is not None else LEAST_PCT
        if soc_pct - battery.soc_pct >= enough_pct:
            return max(battery.soc_ms, battery.closed_ms)
    if now.rolls:
        return None
    if battery.said_on is not None and at_ms - battery.said_ms <= _SAID_HOLD_MS:
        heard = sample.charging_on is not None or soc_pct is not None or now.power_kw is not None
        return at_ms if battery.said_on and heard else None
    if now.power_kw is not None and now.power_kw >= _CHARGING_KW:
        return at_ms
    if soc_pct is not None and battery.low_ms != NEVER_MS and soc_pct - battery.low_pct >= LEAST_PCT:
        return max(battery.low_ms, battery.closed_ms)
    return None


def _end(battery: Battery, sample: Sample, soc_pct: float | None, now: Now) -> Charge | None:
    """Close the charge that went on, if this sample shows that it is over, and return it."""
    charge = battery.charge
    if charge is None:
        return None
    silent = sample.at_ms - charge.heard_ms > SILENCE_MS
    top_pct = charge.to_soc_pct
    if silent and soc_pct is not None and top_pct is not None and soc_pct - top_pct >= LEAST_PCT:
        charge.heard_ms, charge.to_soc_pct = sample.at_ms, soc_pct
        silent = False
    if not silent and not now.rolls and sample.charging_on is not False:
        return None
    if not silent and sample.charging_on is False and sample.at_ms - charge.heard_ms <= _SAID_LATE_MS:
        charge.heard_ms = sample.at_ms  # it says so when it ends
    if not now.rolls and not silent and soc_pct is not None and top_pct is not None:
        charge.to_soc_pct = max(top_pct, soc_pct)
    battery.charge = None
    return charge


def _begin(battery: Battery, since_ms: int, soc_pct: float | None, now: Now) -> Charge:
    told = battery.soc_pct if battery.soc_ms != NEVER_MS else soc_pct
    if battery.low_ms != NEVER_MS and not now.rolls:
        told = battery.low_pct if since_ms == battery.low_ms else told
    return Charge(started_ms=since_ms, heard_ms=since_ms, place=now.place, from_soc_pct=told, to_soc_pct=told)


def _take_in(charge: Charge, at_ms: int, soc_pct: float | None, now: Now) -> None:
    charge.heard_ms = at_ms
    if soc_pct is not None:
        charge.from_soc_pct = soc_pct if charge.from_soc_pct is None else charge.from_soc_pct
        charge.to_soc_pct = soc_pct if charge.to_soc_pct is None else max(charge.to_soc_pct, soc_pct)
    if now.power_kw is None:
        return
    lasted_s = (at_ms - charge.power_ms) / 1000
    if charge.power_kw is not None and 0 < lasted_s <= _POWER_HOLD_MS / 1000:
        charge.measured_kwh += (charge.power_kw + now.power_kw) / 2 * lasted_s / 3600
        charge.measured_s += lasted_s
        if now.voltage_v is not None:
            charge.voltage_vs += now.voltage_v * lasted_s
            charge.voltage_s += lasted_s
    charge.power_kw, charge.power_ms = now.power_kw, at_ms


def _count_fall(battery: Battery, soc_pct: float, totals: Totals, now: Now) -> None:
    """Count what a drive drew. While the truck stands a state of charge wavers, and tells nothing of its use."""
    if now.leg_started_ms is None:
        return
    sums = totals.battery = BatterySums(soc_count=1)
    if battery.soc_ms >= now.leg_started_ms - _START_HOLD_MS:
        sums.soc_used_pct = battery.soc_pct - soc_pct
        sums.soc_moment_pct2 = (battery.soc_pct**2 - soc_pct**2) / 2


def _note_voltage(totals: Totals, now: Now) -> None:
    if totals.energy_known_s > 0 and now.voltage_v is not None and now.leg_started_ms is not None:
        sums = totals.battery = totals.battery or BatterySums()
        sums.voltage_vs += now.voltage_v * totals.energy_known_s
        sums.voltage_s += totals.energy_known_s


def _remember(battery: Battery, sample: Sample, soc_pct: float | None, now: Now) -> None:
    at_ms = sample.at_ms
    if now.rolls:
        battery.low_ms, battery.low_pct = NEVER_MS, 0.0
    if soc_pct is None:
        return
    battery.soc_pct, battery.soc_ms = soc_pct, at_ms
    if at_ms >= battery.closed_ms:
        battery.closed_ms = NEVER_MS
    if now.rolls:
        return
    fresh = battery.low_ms == NEVER_MS or battery.charge is not None or soc_pct <= battery.low_pct
    if fresh or at_ms // _SLOT_MS != battery.low_ms // _SLOT_MS:
        battery.low_pct, battery.low_ms = soc_pct, at_ms

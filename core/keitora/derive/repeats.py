"""Old values that a device repeats as if they were new. Pure, but for the record it keeps in the state.

A dongle that caches (WiCAN's groups, obd2-mqtt's timer, OVMS's full resend, a reader hung on a parked truck) goes on
saying 850 rpm when the engine has long been off. A running engine never says the same for long: its speed, pressures
and flows tremble in the last digit. So **a running engine's values count only if the device says something new within
60 s**; until it does, a repeat is held back, and with it all that came after it, so that the order stays. Whether a
repeated road speed is movement is judged elsewhere (`keitora.trips.movement`): a truck may well hold its speed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Final

from keitora.books.sample import Sample
from keitora.books.state import News

LIMIT_MS: Final = 60_000
"""So long without news, and what is repeated is stale."""
FORGET_MS: Final = 6 * 3_600_000
"""A device that has been silent so long is forgotten, so that folds that once differed come to the same state."""

WATCHED: Final = tuple(
    name
    for name in Sample._fields
    if name
    in {
        "speed_kmh", "engine_rpm", "map_kpa", "maf_gs", "intake_temp_c", "lambda_ratio", "fuel_rate_lph",
        "coolant_temp_c", "oil_temp_c", "throttle_pct", "pedal_pct", "engine_load_pct", "absolute_load_pct",
        "short_fuel_trim_pct", "long_fuel_trim_pct", "engine_run_s", "fuel_system_code",
    }
)  # fmt: skip
"""What is read from the engine's computer, as far as the fold reads it. Not among them: 12 V and satellites, which a
device measures itself, and the traction battery, whose coarse numbers may truly stand still while it charges."""

_values = itemgetter(*(Sample._fields.index(name) for name in WATCHED))
_SPEED: Final = WATCHED.index("speed_kmh")
_RPM: Final = WATCHED.index("engine_rpm")
_Values = tuple[float | None, ...]
_NOTHING: Final = (None,) * len(WATCHED)
_NO_VALUES: Final[dict[str, Any]] = dict.fromkeys(name for name in WATCHED if name != "speed_kmh")


@dataclass(slots=True)
class _Waiting:
    """A sample in line, what will be known of its device after it, and whether its values are in doubt."""

    sample: Sample
    news: News | None
    doubtful: bool = False


def without_repeats(known: dict[int, News], samples: Iterable[Sample]) -> Iterator[Sample]:
    """Yield the samples in their order, without the engine's values where they are stale.

    Samples at the end about which is not decided yet are not yielded: they are for the next fold, which reads them
    again. `known` is brought up to date after each sample, so that a fold that goes on from there decides the same.
    """
    line = _Line(known)
    last_ms = None
    for sample in samples:
        at_ms = sample.at_ms
        # Whole instants are handed out, for a fold goes on after the last instant it has seen.
        if at_ms != last_ms:
            if line.doubted:
                line.lose_patience(at_ms)
            if not line.doubted:
                for waiting in line.decided():
                    yield waiting.sample
                    if waiting.news is not None:
                        known[waiting.sample.device_id] = waiting.news
            last_ms = at_ms
        line.put(sample)
    if not line.doubted:
        for waiting in line.decided():
            yield waiting.sample
            if waiting.news is not None:
                known[waiting.sample.device_id] = waiting.news


class _Line:
    """The samples that wait, and what is known after the last of them."""

    def __init__(self, known: dict[int, News]) -> None:
        self.devices = dict(known)
        self.waiting: list[_Waiting] = []
        self.doubted: set[int] = set()

    def lose_patience(self, at_ms: int) -> None:
        """Note that time has come to a moment: repeats of devices without news for too long are stale."""
        for device_id in [one for one in self.doubted if at_ms - self.devices[one].at_ms >= LIMIT_MS]:
            self._condemn(device_id)

    def put(self, sample: Sample) -> None:
        """Put a sample in line."""
        self.waiting.append(self._judge(sample))

    def decided(self) -> list[_Waiting]:
        """Return, and forget, the whole line. Only where nothing in it is in doubt."""
        decided, self.waiting = self.waiting, []
        return decided

    def _judge(self, sample: Sample) -> _Waiting:
        told = _values(sample)
        if told == _NOTHING:
            return _Waiting(sample, None)
        device_id, at_ms = sample.device_id, sample.at_ms
        before = self.devices.get(device_id)
        if before is not None and at_ms - before.heard_ms > FORGET_MS:
            before = None
        values, is_news = (told, True) if before is None else _brought_up(told, before.values)
        if before is None or is_news:
            if self.doubted:
                self._believe(device_id)
            after = News(values, at_ms, at_ms)
        else:
            after = News(values, before.at_ms, at_ms, before.stale)
        self.devices[device_id] = after
        if after.at_ms == at_ms or not values[_RPM] or not _tells_engine(told):
            return _Waiting(sample, after)  # news; or that it stands, which may be said again; or nothing of it
        if after.stale or at_ms - after.at_ms >= LIMIT_MS:
            self._condemn(device_id)
            return _Waiting(_stripped(sample), self.devices[device_id])
        self.doubted.add(device_id)
        return _Waiting(sample, after, doubtful=True)

    def _believe(self, device_id: int) -> None:
        if device_id in self.doubted:
            self.doubted.discard(device_id)
            for one in self.waiting:
                one.doubtful = one.doubtful and one.sample.device_id != device_id

    def _condemn(self, device_id: int) -> None:
        """Take the values out of a device's repeats that wait: nothing new has come in time."""
        self.devices[device_id] = replace(self.devices[device_id], stale=True)
        self.doubted.discard(device_id)
        for one in self.waiting:
            if one.doubtful and one.news is not None and one.sample.device_id == device_id:
                one.sample, one.news, one.doubtful = _stripped(one.sample), replace(one.news, stale=True), False


def forget_silent(known: dict[int, News], at_ms: int) -> None:
    """Forget devices that have been silent for long."""
    for device_id in [one for one, news in known.items() if at_ms - news.heard_ms > FORGET_MS]:
        del known[device_id]


def _brought_up(told: _Values, before: _Values) -> tuple[_Values, bool]:
    """Return a device's values with those it has just told, and whether one of them is another than before.

    One that is told for the first time is not: a cache comes bit by bit. Spelt out: once a sample.
    """
    if told == before:
        return before, False
    values, differs = [], False
    for now, earlier in zip(told, before, strict=True):
        if now is None:
            values.append(earlier)
        else:
            values.append(now)
            if now != earlier and earlier is not None:
                differs = True
    return tuple(values), differs


def _stripped(sample: Sample) -> Sample:
    return sample._replace(**_NO_VALUES)


def _tells_engine(told: tuple[float | None, ...]) -> bool:
    return any(value is not None for place, value in enumerate(told) if place != _SPEED)

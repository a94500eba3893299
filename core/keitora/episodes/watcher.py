"""Runs the rules over the samples of one truck: each rule only where its signal was sampled."""

from math import inf
from typing import Final, cast
from zoneinfo import ZoneInfo

from keitora.books.fix import Fix
from keitora.books.rows import EpisodeRow
from keitora.books.sample import Sample
from keitora.books.watch import Watch, Watching
from keitora.clock import instant
from keitora.episodes import battery, bounds, harsh, heat, lamp, levels, revs, silence, speeding, towed
from keitora.episodes.catalogue import MEANINGS
from keitora.episodes.debounce import expire
from keitora.episodes.model import Ended, EndedBy, Kind, Moment
from keitora.episodes.settings import RuleBook

_RUNNING_RPM: Final = 200.0
_JOLT_HOLD_S: Final = 10
_MINUTE_MS: Final = 60_000
_SILENT_MS: Final = 20_000
"""A pause in which speed and course of before have lost their meaning."""


class Watcher:
    """One run of the rules over a memory it may change. `closed` gathers the episodes that ended."""

    def __init__(self, memory: Watching, book: RuleBook, zone: ZoneInfo) -> None:
        self._memory = memory
        self._watches = memory.watches
        self._book = book
        self._zone = zone
        self.closed: list[EpisodeRow] = []
        on = book.limits
        self._over_rev = cast("revs.OverRevLimits | None", on.get(Kind.OVER_REV))
        self._cold_rev = cast("revs.ColdRevLimits | None", on.get(Kind.COLD_REV))
        self._overheating = cast("heat.OverheatingLimits | None", on.get(Kind.OVERHEATING))
        self._heating_up = cast("heat.HeatingUpLimits | None", on.get(Kind.HEATING_UP))
        self._weak = cast("battery.WeakBatteryLimits | None", on.get(Kind.WEAK_BATTERY))
        self._cranking = cast("battery.WeakCrankingLimits | None", on.get(Kind.WEAK_CRANKING))
        self._cut = cast("towed.PowerCutLimits | None", on.get(Kind.POWER_CUT))
        self._towed = cast("towed.TowedLimits | None", on.get(Kind.TOWED))
        self._over_speed = cast("speeding.OverSpeedLimits | None", on.get(Kind.OVER_SPEED))
        self._acceleration = cast("harsh.HarshAccelerationLimits | None", on.get(Kind.HARSH_ACCELERATION))
        self._braking = cast("harsh.HarshBrakingLimits | None", on.get(Kind.HARSH_BRAKING))
        self._cornering = cast("harsh.HarshCorneringLimits | None", on.get(Kind.HARSH_CORNERING))
        self._fuel = cast("levels.LowFuelLimits | None", on.get(Kind.LOW_FUEL))
        self._charge = cast("levels.LowChargeLimits | None", on.get(Kind.LOW_CHARGE))
        self._lamp = cast("lamp.LampLimits | None", on.get(Kind.WARNING_LAMP))
        self._codes = cast("lamp.LampLimits | None", on.get(Kind.TROUBLE_CODE))
        self._area = cast("bounds.OutOfAreaLimits | None", on.get(Kind.OUT_OF_AREA))
        self._hours = cast("bounds.OutOfHoursLimits | None", on.get(Kind.OUT_OF_HOURS))
        self._silent = cast("silence.SilentLimits | None", on.get(Kind.SILENT))
        # Below these nothing begins; while nothing is watched either, the rules need not be asked.
        self._warm_c = min((one.over_c for one in (self._overheating, self._heating_up) if one), default=inf)
        self._high_rpm = min((one.over_rpm for one in (self._over_rev, self._cold_rev) if one), default=inf)
        self._least_gain_g = min((one.speed_g for one in (self._acceleration, self._braking) if one), default=inf)
        self._rest_ms = (self._weak or battery.WeakBatteryLimits()).rest_s * 1000
        self._allowed_minute = -1
        self._allowed = True

    def step(  # noqa: PLR0917 -- once a sample, by position for speed
        self,
        sample: Sample,
        last_ms: int | None,
        fix: Fix | None,
        last_fix: Fix | None,
        moving: bool,  # noqa: FBT001
        speed_kmh: float | None,
        engine_rpm: float | None,
    ) -> float | None:
        """Judge one sample, the first since `last_ms` (Unix ms), with what the fold made of it.

        That is its believed fix and the last one, whether the truck moves, its speed, and the last engine speed if it
        is recent. Returns the 12 V battery's rested voltage, if this sample tells it.
        """
        memory, watches, at_ms = self._memory, self._watches, sample.at_ms
        if sample.ignition_on is not None:
            memory.ignition_on, memory.ignition_ms = sample.ignition_on, at_ms
        lat, lon = (None, None) if last_fix is None else (last_fix.lat, last_fix.lon)
        moment = Moment(at_ms, sample, speed_kmh, moving, self._engine_on(sample, engine_rpm), lat, lon)
        if last_ms is not None and at_ms - last_ms > _SILENT_MS:
            self._judge_silence(moment, last_ms)
            memory.forget(at_ms - last_ms)
        if watches:
            for ended in expire(watches, at_ms, self._book.terms):
                self._close(ended, moment)
        if sample.coolant_temp_c is not None:
            self._judge_coolant(moment, sample.coolant_temp_c)
        if sample.engine_rpm is not None and (watches or sample.engine_rpm > self._high_rpm):
            self._judge_revs(moment, sample.engine_rpm)
        if speed_kmh is not None:
            self._judge_speed(moment, speed_kmh)
        if sample.accel_forward_ms2 is not None or sample.accel_left_ms2 is not None:
            self._judge_jolt(moment)
        rest_v = self._judge_battery(moment, sample.battery_v)
        self._judge_state(moment)
        if self._area or self._hours:
            self._judge_bounds(moment, fix)
        memory.was_driving = moving and speed_kmh is not None and speed_kmh >= silence.DRIVING_KMH
        return rest_v

    def _engine_on(self, sample: Sample, engine_rpm: float | None) -> bool | None:
        """Tell whether the engine runs.

        Where no engine speed is recent, a charging battery tells of a running engine, an ignition that is off of a
        standing one.
        """
        if engine_rpm is not None:
            return engine_rpm >= _RUNNING_RPM
        if sample.battery_v is not None and sample.battery_v >= battery.CHARGING_V:
            return True
        memory = self._memory
        if memory.ignition_on is False and sample.at_ms - memory.ignition_ms <= towed.IGNITION_HOLD_MS:
            return False
        return None

    def open_rows(self) -> list[EpisodeRow]:
        """Return the episodes that are still open, as far as they are known."""
        return [
            self._row(Kind(kind), watch, closed_ms=None, ended_by=None, noticed_ms=watch.noticed_ms)
            for kind, watch in self._memory.watches.items()
            if watch.noticed_ms is not None
        ]

    # --- signal by signal ----------------------------------------------------------------------------------------

    def _judge_silence(self, moment: Moment, last_ms: int) -> None:
        if self._silent is None:
            return
        lasted_h = silence.silence_h(last_ms, moment.at_ms, self._silent, driving=self._memory.was_driving)
        if lasted_h is None:
            return
        bound_h = self._silent.longest_ms(driving=self._memory.was_driving) / 3_600_000
        watch = Watch(last_ms, last_ms, bound_h, lasted_h, lasted_h, lasted_h, lat=moment.lat, lon=moment.lon)
        watch.noticed_ms = moment.at_ms
        self._close(Ended(Kind.SILENT, watch, moment.at_ms, "clear"), moment)

    def _judge_coolant(self, moment: Moment, coolant_c: float) -> None:
        memory = self._memory
        heat.note_coolant(memory.heat, moment.at_ms, coolant_c)
        if not self._watches and coolant_c < self._warm_c:
            return
        if self._overheating:
            ended = heat.step_overheating(self._watches, moment, coolant_c, self._overheating)
            if ended:
                self._close(ended, moment)
        if self._heating_up:
            ended = heat.step_heating_up(self._watches, memory.heat, moment, coolant_c, self._heating_up)
            if ended:
                self._close(ended, moment)

    def _judge_revs(self, moment: Moment, engine_rpm: float) -> None:
        if self._over_rev:
            ended = revs.step_over_rev(self._watches, moment, engine_rpm, self._over_rev)
            if ended:
                self._close(ended, moment)
        if self._cold_rev:
            ended = revs.step_cold_rev(self._watches, self._memory.heat, moment, engine_rpm, self._cold_rev)
            if ended:
                self._close(ended, moment)

    def _judge_speed(self, moment: Moment, speed_kmh: float) -> None:
        memory, watches = self._memory, self._watches
        if self._over_speed and (watches or speed_kmh > self._over_speed.limit_kmh):
            self._done(speeding.step(watches, moment, speed_kmh, self._over_speed), moment)
        if self._towed and (memory.ignition_on is False or towed.TOWED.kind in watches):
            ended = towed.step_towed(watches, memory, moment, speed_kmh, self._towed)
            if ended:
                self._close(ended, moment)
        if moment.at_ms // 1000 - memory.jolt.second <= _JOLT_HOLD_S:
            return  # the accelerometer knows better
        gain_g = harsh.step_speed(memory.pace, moment, speed_kmh)
        if watches or (gain_g is not None and abs(gain_g) >= self._least_gain_g):
            self._judge_gain(moment, gain_g or 0.0)
        heading_deg, cornering = moment.sample.heading_deg, self._cornering
        if heading_deg is not None and cornering:
            side_g = harsh.step_course(memory.course, moment, heading_deg, cornering.least_kmh)
            if side_g is not None or watches:
                kind, bound_g = harsh.HARSH_CORNERING.kind, cornering.speed_g
                self._judge_harsh(kind, moment, cornering, value_g=side_g or 0.0, bound_g=bound_g)

    def _judge_gain(self, moment: Moment, gain_g: float) -> None:
        if self._acceleration:
            kind, limits = harsh.HARSH_ACCELERATION.kind, self._acceleration
            self._judge_harsh(kind, moment, limits, value_g=gain_g, bound_g=limits.speed_g)
        if self._braking:
            self._judge_harsh(
                harsh.HARSH_BRAKING.kind, moment, self._braking, value_g=-gain_g, bound_g=self._braking.speed_g
            )

    def _judge_jolt(self, moment: Moment) -> None:
        sample = moment.sample
        mean = harsh.step_sensor(
            self._memory.jolt, moment, sample.accel_forward_ms2 or 0.0, sample.accel_left_ms2 or 0.0
        )
        if mean is None:
            return
        forward_g, left_g = mean
        for kind, rule, value_g in (
            (harsh.HARSH_ACCELERATION.kind, self._acceleration, forward_g),
            (harsh.HARSH_BRAKING.kind, self._braking, -forward_g),
            (harsh.HARSH_CORNERING.kind, self._cornering, abs(left_g)),
        ):
            if rule:
                self._judge_harsh(kind, moment, rule, value_g=value_g, bound_g=rule.sensor_g)

    def _judge_harsh(
        self, kind: Kind, moment: Moment, limits: harsh.HarshLimits, *, value_g: float, bound_g: float
    ) -> None:
        if value_g < bound_g and kind not in self._watches:
            return
        ended = harsh.judge_gain(self._watches, kind, moment, limits, value_g=value_g, bound_g=bound_g)
        if ended:
            self._close(ended, moment)

    def _judge_battery(self, moment: Moment, battery_v: float | None) -> float | None:
        held, watches, on = self._memory.battery, self._watches, moment.engine_on
        if on is not held.is_engine_on or on is False:
            low_v = battery.crank_v(held, moment, battery_v)
            if low_v is not None and self._cranking:
                self._done(battery.step_crank(watches, moment, low_v, self._cranking), moment)
        if battery_v is not None and self._cut:
            ended = towed.step_power_cut(watches, held, moment, battery_v, self._cut)
            if ended:
                self._close(ended, moment)
        if moment.moving or on:
            held.resting_since_ms = None
            return None
        if battery_v is None:
            return None
        rest_v = battery.rested_v(held, moment, battery_v, self._rest_ms)
        if rest_v is not None and self._weak:
            self._done(battery.step_rest(watches, moment, rest_v, self._weak), moment)
        return rest_v

    def _judge_state(self, moment: Moment) -> None:
        """Judge what changes slowly: levels, lamp and codes."""
        watches, sample = self._watches, moment.sample
        if sample.fuel_level_pct is not None and self._fuel and not moment.moving:
            level = self._memory.level
            self._done(levels.step_low_fuel(watches, level, moment, sample.fuel_level_pct, self._fuel), moment)
        if sample.soc_pct is not None and self._charge:
            self._done(levels.step_low_charge(watches, moment, sample.soc_pct, self._charge), moment)
        if (sample.mil_on or lamp.WARNING_LAMP.kind in watches) and sample.mil_on is not None and self._lamp:
            self._done(lamp.step_lamp(watches, moment, sample.mil_on, self._lamp), moment)
        if (sample.dtc_count or lamp.TROUBLE_CODE.kind in watches) and sample.dtc_count is not None and self._codes:
            self._done(lamp.step_codes(watches, moment, sample.dtc_count, self._codes), moment)

    def _judge_bounds(self, moment: Moment, fix: Fix | None) -> None:
        watches = self._watches
        if fix is not None and self._area:
            self._done(bounds.step_area(watches, moment, self._area), moment)
        if self._hours and (moment.moving or bounds.OUT_OF_HOURS.kind in watches):
            allowed = self._may_drive(moment.at_ms, self._hours)
            self._done(bounds.step_hours(watches, moment, self._hours, allowed=allowed), moment)

    def _may_drive(self, at_ms: int, limits: bounds.OutOfHoursLimits) -> bool:
        minute = at_ms // _MINUTE_MS
        if minute != self._allowed_minute:
            self._allowed_minute, self._allowed = minute, limits.allows(minute * _MINUTE_MS, self._zone)
        return self._allowed

    # --- rows ------------------------------------------------------------------------------------------------------

    def _done(self, ended: Ended | None, moment: Moment) -> None:
        if ended is not None:
            self._close(ended, moment)

    def _close(self, ended: Ended, moment: Moment) -> None:
        noticed_ms = ended.watch.noticed_ms or moment.at_ms
        self.closed.append(
            self._row(
                ended.kind, ended.watch, closed_ms=ended.closed_ms, ended_by=ended.ended_by, noticed_ms=noticed_ms
            )
        )

    def _row(
        self, kind: Kind, watch: Watch, *, closed_ms: int | None, ended_by: EndedBy | None, noticed_ms: int | None
    ) -> EpisodeRow:
        meaning = MEANINGS[kind]
        return EpisodeRow(
            kind=kind.value,
            opened_at=instant(watch.began_ms),
            noticed_at=instant(noticed_ms or watch.heard_ms),
            closed_at=None if closed_ms is None else instant(closed_ms),
            ended_by=ended_by,
            severity=meaning.severity,
            unit=meaning.unit,
            bound_value=watch.bound_value,
            first_value=watch.first_value,
            last_value=watch.clear_value if ended_by == "clear" else None,
            peak_value=watch.peak_value,
            mean_value=watch.sum_value / watch.count,
            sample_count=watch.count,
            lat=watch.lat,
            lon=watch.lon,
            rule_version=self._book.versions.get(kind, ""),
        )

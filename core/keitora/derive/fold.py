"""The fold: samples in time order to trips, stops, idling, days and the trace.

`fold(state, samples, rules)` returns the new state and the facts. It is pure: it works on a copy, reads no clock, asks
no database. Folding in one go, sample by sample or across a stored state makes the same rows.
"""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta

from keitora.books.fix import Fix
from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import Day, Idling, Leg, State
from keitora.books.totals import ByDay, Totals, add_by_day
from keitora.derive import project
from keitora.derive.count import HOLD_MS, count, rolls_now
from keitora.derive.ends import WALKING_MS, is_drive, is_over
from keitora.derive.facts import Checkpoint, Facts, Piece
from keitora.derive.repeats import forget_silent, without_repeats
from keitora.derive.stale import forget_stale
from keitora.energy.follow import Now, concerns, follow
from keitora.episodes.settings import rule_book
from keitora.episodes.watcher import Watcher
from keitora.fillups.tank import step_tank
from keitora.positions.gate import admit
from keitora.trips.line import Tracer
from keitora.trips.movement import moves, note_life


def fold(state: State, samples: Iterable[Sample], rules: Rules) -> tuple[State, Facts]:
    """Return the state after the samples and the facts they made.

    `samples` must be in the order of time, device and sequence, and newer than the state's last sample. The newest ones
    may be left for the next fold, if it is not decided yet whether they are repetitions. Open rows (the trip that
    goes on, the stop that lasts, the day) stand in the facts as they are so far; later folds replace them.
    """
    folder = _Folder(deepcopy(state), rules)
    for sample in without_repeats(folder.state.news, samples):
        checkpoint = folder.checkpoint_before(sample.at_ms)
        if checkpoint is not None:
            folder.facts.checkpoints.append(checkpoint)
        folder.step(sample)
    folder.close_books()
    return folder.state, folder.facts


def step(state: State, sample: Sample, rules: Rules) -> tuple[State, Facts]:
    """Fold a single sample."""
    return fold(state, (sample,), rules)


def fold_pieces(state: State, samples: Iterable[Sample], rules: Rules) -> Iterator[Piece]:
    """Fold as `fold` does, but hand out the rows from checkpoint to checkpoint.

    Whoever finds at a checkpoint that the state is that of an earlier fold may stop there: all that follows is known.
    """
    folder = _Folder(deepcopy(state), rules)
    sample_count = 0
    for sample in without_repeats(folder.state.news, samples):
        checkpoint = folder.checkpoint_before(sample.at_ms)
        if checkpoint is not None:
            yield Piece(checkpoint.state, folder.hand_over(), checkpoint, sample_count)
            sample_count = 0
        folder.step(sample)
        sample_count += 1
    folder.close_books()
    yield Piece(folder.state, folder.facts, None, sample_count)


class _Folder:
    """One run of the fold over a state it owns."""

    def __init__(self, state: State, rules: Rules) -> None:
        self.state = state
        self.rules = rules
        self.zone = rules.zone()
        self.trip_end_ms = rules.trip_end_s * 1000
        self.gap_ms = rules.gap_s * 1000
        self.facts = Facts()
        self.tracer = Tracer(state.line, self.facts.trace)
        self.watcher = Watcher(state.watching, rule_book(rules.episodes), self.zone)
        self.watcher.closed = self.facts.episodes

    def checkpoint_before(self, at_ms: int) -> Checkpoint | None:
        """Return a checkpoint if one is due before a sample of that time.

        One is due at the first moment of each six hours of UTC at which the truck is on no trip. That depends on the
        samples near it alone, so folds that differ in what came long before set their checkpoints at the same moments.
        All samples of its own instant are in it.
        """
        state = self.state
        if state.leg is not None or state.last_ms is None or at_ms <= state.last_ms:
            return None
        slot = state.last_ms // (self.rules.checkpoint_every_s * 1000)
        if slot == state.slot:
            return None
        state.slot = slot
        forget_stale(state, state.last_ms)
        forget_silent(state.news, state.last_ms)
        return Checkpoint(state.last_ms, deepcopy(state))

    def hand_over(self) -> Facts:
        """Return the facts so far and begin new ones."""
        done, self.facts = self.facts, Facts()
        self.tracer.points = self.facts.trace
        self.watcher.closed = self.facts.episodes
        return done

    def step(self, sample: Sample) -> None:
        """Fold the next sample."""
        state, rules = self.state, self.rules
        note_life(state, sample)
        leg = state.leg
        if leg is not None and (leg.claimed_ms is not None or sample.at_ms - leg.moved_ms > self.trip_end_ms):
            self._judge_end(leg, sample)
        if sample.at_ms >= state.day_end_ms:
            self._turn_day(sample.at_ms)
        was_fix, rest, anchor = state.positions.last, state.rest, state.wheels.anchor
        was_doubted = state.wheels.doubted
        fix = admit(state.positions, sample, rules)
        if fix is not None and state.positions.is_carried:
            state.rest = rest = fix
            state.wheels.anchor = state.wheels.fix = None
        moving = moves(state, sample, fix, rules)
        if state.leg is None:
            if state.stood_since_ms is None:
                state.stood_since_ms = sample.at_ms
            if moving:
                overruled = state.wheels.doubted and not was_doubted
                self._begin_leg(sample, fix, (anchor if overruled else rest) or was_fix or fix)
        totals = count(state, sample, fix, rules, moving=moving)
        self._follow_energy(sample, totals, moving=moving)
        if state.idling is not None or totals.engine_on_s > 0:
            self._idle(sample, totals, rolls=moving or (totals.engine_on_s > 0 and rolls_now(state, sample, rules)))
        if state.leg is None:
            self.tracer.stand(sample, totals, state.rest, state.last_ms, self.gap_ms)
            self._stand(state.day, totals)
        else:
            self._drive(state.leg, sample, fix, totals, moving=moving)
        self._watch(sample, fix, moving=moving)
        if sample.odometer_km is not None:
            day = state.days[state.day]
            day.odometer_km, day.odometer_ms = sample.odometer_km, sample.at_ms
        state.last_ms = sample.at_ms

    def close_books(self) -> None:
        """Add the open rows, as they are so far, to the facts."""
        state, facts = self.state, self.facts
        facts.episodes.extend(self.watcher.open_rows())
        if state.last_ms is None:
            return
        if state.leg is not None and state.leg.confirmed:
            facts.trips.append(project.trip(state.leg))
            facts.trip_days.extend(project.trip_days(state.leg))
        if state.stood_since_ms is not None and (state.leg is None or not state.leg.confirmed):
            facts.stops.append(project.stop(state, ended_ms=None))
        if state.idling is not None and self._is_long(state.idling):
            facts.idlings.append(project.idling(state.idling, lasts=True))
        facts.charges.extend(project.open_charge(state.battery))
        facts.tank_levels.extend(project.open_level(state.tank))
        facts.days.extend(project.day(day, books) for day, books in sorted(project.open_days(state).items()))

    # --- the course of a day -----------------------------------------------------------------------------------

    def _turn_day(self, at_ms: int) -> None:
        state = self.state
        if state.last_ms is not None:
            self.tracer.break_at(state.last_ms, state.rest)
        if state.leg is None:
            self._retire_days()
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)
        state.day = local.date().isoformat()
        midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), self.zone)
        state.day_end_ms = round(midnight.timestamp() * 1000)
        state.days.setdefault(state.day, Day())

    def _retire_days(self) -> None:
        """Hand out the days before the one that ends: a trip's start may be walked back over one midnight at most."""
        state = self.state
        for day in sorted(state.days):
            if day < state.day:
                self.facts.days.append(project.day(day, state.days.pop(day)))

    def _day_of(self, at_ms: int) -> str:
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone).date().isoformat()

    def _watch(self, sample: Sample, fix: Fix | None, *, moving: bool) -> None:
        """Let the rules of episodes judge the sample; the day keeps the rested battery's voltage."""
        state, at_ms = self.state, sample.at_ms
        wheels, speed_kmh = state.wheels, sample.speed_kmh
        if wheels.doubted or (speed_kmh is None and at_ms - wheels.speed.at_ms > HOLD_MS):
            speed_kmh = sample.gnss_speed_kmh
        engine_rpm = state.engine.rpm.within(at_ms, HOLD_MS)
        rest_v = self.watcher.step(sample, state.last_ms, fix, state.positions.last, moving, speed_kmh, engine_rpm)
        if rest_v is not None:
            day = state.days[state.day]
            day.rest_battery_v, day.rest_ambient_temp_c = rest_v, sample.ambient_temp_c

    def _follow_energy(self, sample: Sample, totals: Totals, *, moving: bool) -> None:
        """Follow the tank and the traction battery."""
        state, battery, leg = self.state, self.state.battery, self.state.leg
        if sample.fuel_level_pct is not None or state.tank.started_ms is not None:
            if leg is not None:
                state.tank.rolled_ms = max(state.tank.rolled_ms, leg.moved_ms)
            level = step_tank(
                state.tank, sample, rolls=moving or rolls_now(state, sample, self.rules), place=state.rest
            )
            if level is not None:
                self.facts.tank_levels.append(project.tank_level(level))
        if not concerns(battery, sample, totals):
            return
        engine, is_told = state.engine, state.engine.power_at_ms == sample.at_ms
        now = Now(
            rolls=moving or rolls_now(state, sample, self.rules),
            leg_started_ms=None if leg is None else leg.started_ms,
            power_kw=engine.power_kw if is_told else None,
            voltage_v=engine.voltage.within(sample.at_ms, HOLD_MS) if is_told else None,
            place=state.rest,
        )
        before_pct = battery.soc_pct
        charge = follow(battery, sample, totals, now)
        if charge is not None:
            self.facts.charges.append(project.charge(charge, lasts=False))
        sums = totals.battery
        if leg is not None and leg.soc_from_pct is None and sums is not None and sums.soc_count:
            leg.soc_from_pct = battery.soc_pct if sums.soc_used_pct == 0 else before_pct

    # --- trips ---------------------------------------------------------------------------------------------------

    def _begin_leg(self, sample: Sample, fix: Fix | None, origin: Fix | None) -> None:
        """Open what may become a trip, at the last sample before the movement showed."""
        state = self.state
        started_ms = sample.at_ms
        last_ms = sample.at_ms if state.last_ms is None else state.last_ms
        by_odometer = fix is None and sample.speed_kmh is None  # which counts on only once a way is driven
        if sample.at_ms - last_ms <= (self.trip_end_ms if by_odometer else self.gap_ms):
            started_ms = last_ms
        last = origin if origin is not None and sample.at_ms - origin.at_ms <= self.trip_end_ms else None
        if (sample.speed_kmh is None or state.wheels.doubted) and last is not None and state.positions.last is not None:
            # The satellites show a departure only some way off: it began where the truck last stood.
            started_ms = min(started_ms, max(last.at_ms, state.stood_since_ms or last.at_ms))
        if started_ms == sample.at_ms:
            state.wheels.fix = last = None  # what came before is not the trip's
        if state.positions.path_end is None:
            state.positions.path_end = last
        state.wheels.path_waiting_m = state.wheels.path_counted_m = 0.0
        gap_ms = started_ms - last_ms if started_ms - last_ms > self.gap_ms else 0
        here = fix if started_ms == sample.at_ms else last
        self.tracer.begin(started_ms, last_ms, here, state.rest if here is None else here, gap_ms)
        state.leg = Leg(
            started_ms=started_ms, moved_ms=sample.at_ms, start_day=self._day_of(started_ms), start=last, end=last
        )

    def _drive(self, leg: Leg, sample: Sample, fix: Fix | None, totals: Totals, *, moving: bool) -> None:
        """Count a sample to the leg: to what is settled, or to what waits for the next movement."""
        state = self.state
        book = leg.settled if moving and not leg.pending else leg.pending
        today = book.get(state.day)
        if today is None:
            today = book[state.day] = Totals()
        today.add(totals)
        last_ms = sample.at_ms if state.last_ms is None else state.last_ms
        lasted_ms = sample.at_ms - max(last_ms, leg.started_ms)
        gap_s = lasted_ms / 1000 if lasted_ms > self.gap_ms else 0.0
        self.tracer.drive(sample, totals, fix, gap_s, moving=moving, last_ms=last_ms)
        if moving:
            self._advance(leg, sample, fix, totals.odometer_m)

    def _advance(self, leg: Leg, sample: Sample, fix: Fix | None, odometer_m: float) -> None:
        """Note a movement: what was pending belongs to the trip now."""
        leg.wheels_changed = leg.wheels_changed or self.state.wheels.changed_ms >= leg.started_ms
        if leg.pending or self.tracer.has_waiting():
            self._settle(leg, got_on=self._got_on(leg, sample, odometer_m))
        leg.moved_ms = sample.at_ms
        leg.claimed_ms = leg.resumed_ms = None
        here = fix or self.state.positions.last
        if here is not None and sample.at_ms - here.at_ms <= HOLD_MS:
            leg.end = here
            leg.start = leg.start or here
        if not leg.confirmed and is_drive(leg, self.state, self.rules):
            self._confirm(leg)

    def _settle(self, leg: Leg, *, got_on: bool) -> None:
        if leg.pending:
            if got_on:
                for totals in leg.pending.values():
                    totals.moving_s += totals.unsure_s
                    totals.unsure_s = 0.0
            add_by_day(leg.settled, leg.pending)
            leg.pending = {}
        self.tracer.settle(confirmed=leg.confirmed, moved=got_on)

    def _got_on(self, leg: Leg, sample: Sample, odometer_m: float) -> bool:
        """Tell whether the truck has got on at a walking pace or faster since its last movement."""
        step_m = max(self.rules.gnss_step_unsure_m, odometer_m)
        return step_m >= WALKING_MS * (sample.at_ms - leg.moved_ms) / 1000

    def _judge_end(self, leg: Leg, sample: Sample) -> None:
        """End the leg if it is over, now that wheels that are only a claim, or time without movement, speak for it."""
        if leg.claimed_ms is not None:
            self._honour_claim(leg, leg.claimed_ms, sample)
        if sample.at_ms - leg.moved_ms > self.trip_end_ms and is_over(leg, self.state, sample, self.rules):
            self._end_leg(leg)

    def _honour_claim(self, leg: Leg, claimed_ms: int, sample: Sample) -> None:
        """Believe wheels that told an even speed for long, now that it changes."""
        state = self.state
        if state.wheels.alive_ms != sample.at_ms or state.last_ms is None:
            return
        if claimed_ms > leg.moved_ms and sample.at_ms - claimed_ms <= self.trip_end_ms:
            self._settle(leg, got_on=False)
            leg.moved_ms, leg.resumed_ms = state.last_ms, None
            leg.wheels_changed = leg.wheels_changed or state.wheels.changed_ms >= leg.started_ms
            if not leg.confirmed and is_drive(leg, self.state, self.rules):
                self._confirm(leg)
        leg.claimed_ms = None

    def _confirm(self, leg: Leg) -> None:
        state = self.state
        leg.confirmed = True
        if state.stood_since_ms is not None and state.stood_since_ms < leg.started_ms:
            self.facts.stops.append(project.stop(state, ended_ms=leg.started_ms))
        state.stood_since_ms = None
        state.standing = Totals()
        self.tracer.confirm()

    def _end_leg(self, leg: Leg) -> None:
        """Close the leg at its last movement; what came after belongs to the stop that began there."""
        state = self.state
        state.leg = None
        state.positions.path_end = state.positions.altitude_m = None
        self.tracer.end(confirmed=leg.confirmed, rest=state.rest, last_ms=state.last_ms or leg.moved_ms)
        if leg.confirmed:
            self.facts.trips.append(project.trip(leg))
            self.facts.trip_days.extend(project.trip_days(leg))
            project.book_trip(state.days, leg)
            state.stood_since_ms = leg.moved_ms
        else:
            self._stand_by_day(leg.settled)  # a shuffle about the yard
        self._stand_by_day(leg.pending)

    # --- standing ------------------------------------------------------------------------------------------------

    def _stand_by_day(self, by_day: ByDay) -> None:
        for day, totals in by_day.items():
            self._stand(day, totals)

    def _stand(self, day: str, totals: Totals) -> None:
        """Book sums to the stop and to its day."""
        state = self.state
        totals.stand_still()
        state.standing.add(totals)
        project.book_standing(state.days, day, totals)

    def _idle(self, sample: Sample, totals: Totals, *, rolls: bool) -> None:
        """Note whether the engine runs while the truck stands."""
        state = self.state
        idling = state.idling
        if idling is not None:
            stopped = totals.engine_known_s > 0 and totals.engine_on_s == 0
            if rolls or stopped or sample.at_ms - idling.lasts_ms > self.gap_ms:
                if self._is_long(idling):
                    self.facts.idlings.append(project.idling(idling, lasts=False))
                state.idling = idling = None
        if totals.engine_on_s > 0 and not rolls and state.last_ms is not None:
            if idling is None:
                idling = state.idling = Idling(state.last_ms, sample.at_ms, state.rest)
            idling.lasts_ms = sample.at_ms
            idling.fuel_l += totals.fuel_l
            idling.fuel_plus_minus_l += totals.fuel_plus_minus_l
            idling.fuel_known_s += totals.fuel_known_s

    def _is_long(self, idling: Idling) -> bool:
        return idling.lasts_ms - idling.started_ms >= self.rules.idling_s * 1000

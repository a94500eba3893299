"""Harsh acceleration, braking and cornering: from the accelerometer where there is one, else from speed and course."""

from typing import Final

from pydantic import Field

from keitora.books.watch import Course, Jolt, Pace, Watches
from keitora.episodes.debounce import CLEAR, HOLDS, judge
from keitora.episodes.model import Ended, Finding, Kind, Limits, Meaning, Moment

GRAVITY_MS2: Final = 9.80665
_KMH_S_IN_G: Final = 3.6 * GRAVITY_MS2
"""km/h a second in one g."""
_SHORTEST_MS: Final = 900
_LONGEST_MS: Final = 1600
"""Steps of about a second: shorter ones are noise, longer ones have lost the peak."""
_OTHER_SOURCE_MS: Final = 3000
_IMPOSSIBLE_G: Final = 0.8
"""No truck on road tyres does more; a wild fix or a speed that was late does."""
_STEPS_GAINING: Final = 3
_STEPS_BRAKING: Final = 2
_TURN_DEG: Final = 180.0
_RADIANS_A_DEGREE: Final = 0.017453292519943295


class HarshLimits(Limits):
    """Thresholds of one of the three; `sensor_g` for the mean of a second, `speed_g` for two seconds in a row each.

    A second's mean of 0.20 g told 28 of 42 aggressive manoeuvres from 11 calm ones, 0.4 g one of them: the usual limits
    for a sensor's peak (0.25 to 0.45 g) do not fit a second's mean. A speed differentiated is noisier, and many cars
    report it late, so it must be clearer: `speed_g` was set so that recorded ordinary drives stay below it, which is no
    measure of how often it errs on others.
    """

    sensor_g: float = Field(default=0.22, ge=0.05, le=1.5, description="Opens at, by the accelerometer (g)")
    speed_g: float = Field(default=0.45, ge=0.05, le=0.8, description="Opens at, by speed or course (g)")
    least_kmh: float = Field(default=10, ge=0, le=100, description="Only from this speed (km/h)")
    hold_s: float = Field(default=0, ge=0, le=60, description="It must hold for so long (s)")
    hold_count: int = Field(default=1, ge=1, le=60, description="… and in so many samples")
    clear_s: float = Field(default=4, ge=0, le=600, description="It must be clear for so long (s)")
    silence_s: float = Field(default=10, ge=1, le=600, description="A longer silence is unknown (s)")


class HarshAccelerationLimits(HarshLimits):
    """0.20 g: a laden kei truck of 50 PS reaches 0.25 g at 40 km/h at best, so 0.35 g would never fire.

    By speed 0.32 g: above what ordinary drivers do with far stronger cars.
    """

    sensor_g: float = Field(default=0.20, ge=0.05, le=1.5, description="Opens at, by the accelerometer (g)")
    speed_g: float = Field(default=0.32, ge=0.05, le=0.8, description="Opens at, by speed (g)")


class HarshBrakingLimits(HarshLimits):
    """0.22 g by the accelerometer, 0.45 g by speed, where loggers that judge speed for light vehicles have it."""


class HarshCorneringLimits(HarshLimits):
    """0.30 g by the accelerometer: tall and narrow, a kei truck leans early. 0.45 g by course, whose error adds to it.

    Below 25 km/h a course swings with the receiver's noise.
    """

    sensor_g: float = Field(default=0.30, ge=0.05, le=1.5, description="Opens at, by the accelerometer (g)")
    speed_g: float = Field(default=0.45, ge=0.05, le=0.8, description="Opens at, by speed and course (g)")
    least_kmh: float = Field(default=25, ge=0, le=100, description="Only from this speed (km/h)")


HARSH_ACCELERATION = Meaning(
    kind=Kind.HARSH_ACCELERATION,
    severity="note",
    unit="g",
    limits=HarshAccelerationLimits,
    name_en="Harsh acceleration",
    name_ja="急加速",
    en="The truck was accelerated harder than its load and its engine like.",
    ja="積荷とエンジンに負担のかかる急な加速がありました。",
)
HARSH_BRAKING = Meaning(
    kind=Kind.HARSH_BRAKING,
    severity="note",
    unit="g",
    limits=HarshBrakingLimits,
    name_en="Harsh braking",
    name_ja="急減速",
    en="The truck was braked hard: too close, too fast, or something ran into the road.",
    ja="急な減速がありました。車間距離、速度、飛び出しなどが考えられます。",
)
HARSH_CORNERING = Meaning(
    kind=Kind.HARSH_CORNERING,
    severity="note",
    unit="g",
    limits=HarshCorneringLimits,
    name_en="Harsh cornering",
    name_ja="急旋回",
    en="The truck went through a bend so fast that its load could shift.",
    ja="荷崩れのおそれがある速さで曲がりました。",
)


def step_sensor(jolt: Jolt, moment: Moment, forward_ms2: float, left_ms2: float) -> tuple[float, float] | None:
    """Add an acceleration to its second; return the mean of the second before (g forward, g to the left) once it ends.

    Seconds are the clock's, so that every fold has the same ones.
    """
    second = moment.at_ms // 1000
    device_id = moment.sample.device_id
    mean = None
    if second != jolt.second:
        if device_id != jolt.device_id and second - jolt.second <= _OTHER_SOURCE_MS // 1000:
            return None
        if jolt.count and second - jolt.second <= 2:
            share = 1 / (jolt.count * GRAVITY_MS2)
            mean = jolt.forward_ms2 * share, jolt.left_ms2 * share
        jolt.second, jolt.device_id = second, device_id
        jolt.forward_ms2 = jolt.left_ms2 = 0.0
        jolt.count = 0
    elif device_id != jolt.device_id:
        return None
    jolt.forward_ms2 += forward_ms2
    jolt.left_ms2 += left_ms2
    jolt.count += 1
    return mean


def step_speed(pace: Pace, moment: Moment, speed_kmh: float) -> float | None:
    """Return the gain of speed (g, braking is negative) that two steps of about a second agree on, else None.

    Many cars report their speed late or twice: a value that repeats and then leaps tells nothing of the second in which
    it leaps. So the last steps must each have brought a new value: three of them on the way up, where speeds leap after
    standing, two on the way down, for hard braking from town speed lasts no longer.
    """
    at_ms, device_id = moment.at_ms, moment.sample.device_id
    lasted_ms = at_ms - pace.at_ms
    if device_id != pace.device_id and lasted_ms <= _OTHER_SOURCE_MS:
        return None
    if lasted_ms < _SHORTEST_MS and speed_kmh > 0:
        return None
    found = None
    if device_id != pace.device_id or lasted_ms > _LONGEST_MS or lasted_ms < _SHORTEST_MS:
        gain_g, count = 0.0, 0
    else:
        gain_g = (speed_kmh - pace.speed_kmh) * 1000 / (lasted_ms * _KMH_S_IN_G)
        count = pace.step_count + 1 if 0 < abs(gain_g) < _IMPOSSIBLE_G else 0
        if count >= (_STEPS_BRAKING if gain_g < 0 else _STEPS_GAINING) and gain_g * pace.gain_g > 0:
            found = gain_g if abs(gain_g) < abs(pace.gain_g) else pace.gain_g
        count = min(count, 3)
    pace.device_id = device_id
    pace.at_ms = at_ms
    pace.speed_kmh = speed_kmh
    pace.gain_g = gain_g
    pace.step_count = count
    return found


def step_course(course: Course, moment: Moment, heading_deg: float, least_kmh: float) -> float | None:
    """Return the sideways acceleration (g) that two steps of about a second agree on: turning rate times speed."""
    at_ms, device_id = moment.at_ms, moment.sample.device_id
    lasted_ms = at_ms - course.at_ms
    speed_kmh = moment.speed_kmh or 0.0
    if device_id != course.device_id and lasted_ms <= _OTHER_SOURCE_MS:
        return None
    if lasted_ms < _SHORTEST_MS and speed_kmh >= least_kmh:
        return None
    found = side_g = None
    if speed_kmh >= least_kmh and device_id == course.device_id and lasted_ms <= _LONGEST_MS:
        turned_deg = (heading_deg - course.heading_deg + _TURN_DEG) % (2 * _TURN_DEG) - _TURN_DEG
        side_g = turned_deg * _RADIANS_A_DEGREE * speed_kmh * 1000 / (lasted_ms * _KMH_S_IN_G)
        before_g = course.side_g
        if abs(side_g) >= _IMPOSSIBLE_G:
            side_g = None
        elif before_g is not None and side_g * before_g > 0:
            found = min(abs(side_g), abs(before_g))
    course.device_id = device_id
    course.at_ms = at_ms
    course.heading_deg = heading_deg
    course.side_g = side_g
    return found


def judge_gain(
    watches: Watches, kind: Kind, moment: Moment, limits: HarshLimits, *, value_g: float, bound_g: float
) -> Ended | None:
    """Judge how hard one manoeuvre was; without a speed, or below the least one, nothing fires."""
    fires = value_g >= bound_g and (moment.speed_kmh or 0.0) >= limits.least_kmh
    if not fires and kind not in watches:
        return None
    return judge(watches, kind, moment, Finding(value_g, HOLDS if fires else CLEAR, bound_g), limits.terms)

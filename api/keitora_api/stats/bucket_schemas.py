"""What is told of driving and fuel by bucket and group."""

from datetime import UTC, date, datetime, time
from typing import Final, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.fuel.economy import km_per_l, known_ratio, l_per_100km
from keitora.fuel.methods import shares
from keitora.overlays.model import Purpose
from keitora.stats.model import Basis, Bucket, GroupBy, Span, Stat, StatRow
from keitora_api.schemas import VEHICLE_EXAMPLE, DriverRef, PlaceRef, Schema, VehicleRef, a_km, defined, rounded

_BEFORE_EXAMPLE: Final[JsonDict] = {
    "from_local_date": "2026-10-01",
    "to_local_date": "2026-11-01",
    "trip_count": 118,
    "visit_count": None,
    "distance_km": 912.4,
    "engine_on_s": 121500,
    "fuel_l": 63.1,
    "km_per_l": 14.5,
    "l_per_100km": 6.9,
    "energy_kwh": None,
    "cost": 10979.4,
    "co2_kg": 146.498,
}
_EXAMPLE: Final[JsonDict] = {
    "bucket": "2026-10-31T15:00:00Z",
    "bucket_local_date": "2026-11-01",
    "from_local_date": "2026-11-01",
    "to_local_date": "2026-12-01",
    "vehicle": VEHICLE_EXAMPLE,
    "driver": None,
    "purpose": None,
    "place": None,
    "trip_count": 126,
    "visit_count": None,
    "inside_s": None,
    "distance_km": 964.2,
    "moving_s": 104200,
    "idle_s": 28800,
    "gap_s": 0,
    "engine_on_s": 133000,
    "engine_known_s": 134000,
    "max_speed_kmh": 81.0,
    "fuel_l": 68.24,
    "fuel_plus_minus_l": 6.82,
    "fuel_plus_minus_ratio": 0.1,
    "fuel_shares": {"speed_density": 1.0},
    "fuel_known_ratio": 0.997,
    "km_per_l": 14.13,
    "l_per_100km": 7.08,
    "energy_kwh": None,
    "cost": 11873.76,
    "cost_plus_minus": 1186.68,
    "cost_per_km": 12.31,
    "idle_cost": 1329.4,
    "co2_kg": 158.432,
    "idle_ratio": 0.217,
    "relative_economy_ratio": None,
    "relative_economy_km": None,
    "used_day_count": 22,
    "utilisation_ratio": 0.733,
    "episode_counts": {"harsh_braking": 4, "over_rev": 1},
    "episodes_per_100km": {"harsh_braking": 0.415, "over_rev": 0.104},
    "previous": _BEFORE_EXAMPLE,
}

Ref = TypeVar("Ref", VehicleRef, DriverRef, PlaceRef)


class PreviousStat(Schema):
    """The same days of the bucket before: a whole one for a whole one, as many days of it for a part."""

    from_local_date: date = Field(description="Its first local day")
    to_local_date: date = Field(description="The local day after its last")
    trip_count: int | None = Field(description=defined("trip_count"))
    visit_count: int | None = Field(description=defined("visit_count"))
    distance_km: float | None = Field(description=defined("distance"))
    engine_on_s: float | None = Field(description=defined("engine_on"))
    fuel_l: float | None = Field(description=defined("fuel"))
    km_per_l: float | None = Field(description=defined("km_per_l"))
    l_per_100km: float | None = Field(description=defined("l_per_100km"))
    energy_kwh: float | None = Field(description=defined("energy"))
    cost: float | None = Field(description=defined("cost"))
    co2_kg: float | None = Field(description=defined("co2"))

    @classmethod
    def of(cls, span: Span, row: StatRow | None) -> Self:
        """Return what is told of the bucket before; nulls if the group has nothing in it."""
        return cls(
            from_local_date=span.from_date,
            to_local_date=span.to_date,
            trip_count=row.trip_count if row else None,
            visit_count=row.visit_count if row else None,
            distance_km=_km(row.distance_m) if row else None,
            engine_on_s=_engine_s(row) if row else None,
            fuel_l=rounded(row.fuel_l, 3) if row else None,
            km_per_l=rounded(km_per_l(row.economy_m, row.economy_l), 2) if row else None,
            l_per_100km=rounded(l_per_100km(row.economy_m, row.economy_l), 2) if row else None,
            energy_kwh=rounded(row.energy_kwh, 3) if row else None,
            cost=rounded(row.cost, 2) if row else None,
            co2_kg=rounded(row.co2_kg, 3) if row else None,
        )


class StatAnswer(Schema):
    """What was driven and used in one bucket of the fleet's local days, by one group."""

    bucket: datetime = Field(description="When the whole bucket begins in the fleet's time zone (UTC)")
    bucket_local_date: date = Field(description="The local date on which it begins; weeks begin on Monday")
    from_local_date: date = Field(description="The first local day of it that counts here")
    to_local_date: date = Field(description="The local day after the last of it that counts here")
    vehicle: VehicleRef | None = Field(description="Which truck, with `group_by=vehicle`")
    driver: DriverRef | None = Field(description="Who drove, with `group_by=driver`; null: nobody is named")
    purpose: Purpose | None = Field(description="What for, with `group_by=purpose`; null: nobody has said")
    place: PlaceRef | None = Field(description="Where, with `group_by=place`")
    trip_count: int | None = Field(description=defined("trip_count", "Null for places."))
    visit_count: int | None = Field(description=defined("visit_count", "For places only."))
    inside_s: float | None = Field(description=defined("inside", "For places only."))
    distance_km: float | None = Field(description=defined("distance", "Of a place: driven inside it."))
    moving_s: float = Field(description=defined("moving"))
    idle_s: float | None = Field(description=defined("idle"))
    gap_s: float = Field(description=defined("gap"))
    engine_on_s: float | None = Field(description=defined("engine_on"))
    engine_known_s: float = Field(description=defined("engine_known"))
    max_speed_kmh: float | None = Field(description=defined("max_speed"))
    fuel_l: float | None = Field(
        description=defined("fuel", "With the basis `days` what was used standing is included, else not.")
    )
    fuel_plus_minus_l: float | None = Field(
        description=defined("fuel_plus_minus", "Added up over one truck's days, by squares over different trucks.")
    )
    fuel_plus_minus_ratio: float | None = Field(description=defined("fuel_plus_minus_ratio"))
    fuel_shares: dict[str, float] = Field(description="Which share of the litres each method estimated (0 to 1)")
    fuel_known_ratio: float | None = Field(description=defined("fuel_known"))
    km_per_l: float | None = Field(description=defined("km_per_l"))
    l_per_100km: float | None = Field(description=defined("l_per_100km"))
    energy_kwh: float | None = Field(description=defined("energy"))
    cost: float | None = Field(description=defined("cost", "The fleet's `currency` is told with the fleet."))
    cost_plus_minus: float | None = Field(description=defined("cost_plus_minus"))
    cost_per_km: float | None = Field(description=defined("cost_per_km"))
    idle_cost: float | None = Field(description=defined("idle_cost"))
    co2_kg: float | None = Field(description=defined("co2"))
    idle_ratio: float | None = Field(description=defined("idle_ratio"))
    relative_economy_ratio: float | None = Field(
        description=defined(
            "relative_economy", "With `group_by=driver` only; a `purpose` that is chosen holds for both."
        )
    )
    relative_economy_km: float | None = Field(description=defined("relative_economy_distance"))
    used_day_count: int | None = Field(description=defined("used_days", "With the basis `days` only."))
    utilisation_ratio: float | None = Field(description=defined("utilisation", "With the basis `days` only."))
    episode_counts: dict[str, int] = Field(
        description="How many episodes of each kind began; with the basis `trips` on those trips, `visits` on those "
        "visits. A kind that did not occur is left out"
    )
    episodes_per_100km: dict[str, float] = Field(description="The same for each 100 km; empty without a distance")
    previous: PreviousStat | None = Field(description="The bucket before, with `compare=previous`")

    @classmethod
    def of(cls, stat: Stat, group_by: GroupBy, zone: ZoneInfo) -> Self:
        """Return what is told of a bucket and group."""
        row = stat.row
        return cls(
            bucket=datetime.combine(stat.span.begins, time(), zone).astimezone(UTC),
            bucket_local_date=stat.span.begins,
            from_local_date=stat.span.from_date,
            to_local_date=stat.span.to_date,
            vehicle=_ref(VehicleRef, row) if group_by == "vehicle" else None,
            driver=_ref(DriverRef, row) if group_by == "driver" else None,
            purpose=row.key if group_by == "purpose" else None,
            place=_ref(PlaceRef, row) if group_by == "place" else None,
            trip_count=row.trip_count,
            visit_count=row.visit_count,
            inside_s=rounded(row.inside_s, 1),
            distance_km=_km(row.distance_m),
            moving_s=round(row.moving_s, 1),
            idle_s=rounded(row.idle_s, 1) if row.engine_known_s > 0 else None,
            gap_s=round(row.gap_s, 1),
            engine_on_s=_engine_s(row),
            engine_known_s=round(row.engine_known_s, 1),
            max_speed_kmh=rounded(row.max_speed_kmh, 1),
            fuel_l=rounded(row.fuel_l, 3),
            fuel_plus_minus_l=rounded(row.fuel_plus_minus_l, 3),
            fuel_plus_minus_ratio=rounded(row.fuel_plus_minus_ratio, 3),
            fuel_shares={method: round(share, 3) for method, share in shares(row).items()},
            fuel_known_ratio=rounded(known_ratio(row.fuel_known_s, row.engine_on_s), 3),
            km_per_l=rounded(km_per_l(row.economy_m, row.economy_l), 2),
            l_per_100km=rounded(l_per_100km(row.economy_m, row.economy_l), 2),
            energy_kwh=rounded(row.energy_kwh, 3),
            cost=rounded(row.cost, 2),
            cost_plus_minus=rounded(row.cost_plus_minus, 2),
            cost_per_km=a_km(row.cost, row.cost_m),
            idle_cost=rounded(row.idle_cost, 2),
            co2_kg=rounded(row.co2_kg, 3),
            idle_ratio=rounded(row.idle_ratio, 3),
            relative_economy_ratio=rounded(row.relative_economy_ratio, 3),
            relative_economy_km=_km(row.compared_m),
            used_day_count=row.used_day_count,
            utilisation_ratio=rounded(row.utilisation_ratio, 3),
            episode_counts=dict(sorted(row.episode_counts.items())),
            episodes_per_100km={
                kind: round(count / row.distance_m * 100_000, 3) for kind, count in sorted(row.episode_counts.items())
            }
            if row.distance_m
            else {},
            previous=None if stat.before_span is None else PreviousStat.of(stat.before_span, stat.before),
        )


class StatList(Schema):
    """What was driven and used, by bucket and group."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "time_zone": "Asia/Tokyo",
                    "bucket": "month",
                    "group_by": "vehicle",
                    "basis": "days",
                    "items": [_EXAMPLE],
                    "next_cursor": None,
                }
            ]
        }
    )

    time_zone: str = Field(description="The fleet's IANA time zone, whose days these are")
    bucket: Bucket = Field(description="The bucket that was used")
    group_by: GroupBy = Field(description="The group that was used")
    basis: Basis = Field(
        description="What was added up: trucks' whole `days`; their `trips` alone, where what people say of trips "
        "decides; `visits` to places"
    )
    items: list[StatAnswer] = Field(
        description="By `bucket`, ascending, then by group; a bucket and group without any data is left out"
    )
    next_cursor: str | None = Field(description="Pass as `cursor` for later buckets; null: there are no more")


def _ref(kind: type[Ref], row: StatRow) -> Ref | None:
    return None if row.key is None else kind(id=int(row.key), name=row.name or "")


def _km(metres: float | None) -> float | None:
    return None if metres is None else round(metres / 1000, 3)


def _engine_s(row: StatRow) -> float | None:
    return round(row.engine_on_s, 1) if row.engine_known_s > 0 else None

"""The truth of a run, one JSON object a line. `docs/reference/truth.md` lists the fields."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Run(_Line):
    """The first line: what was run."""

    kind: Literal["run"] = "run"
    scenario: str = Field(description="Name of the scenario")
    seed: int = Field(description="Its seed")
    trucks: int = Field(description="How many trucks")
    from_at: datetime | None = Field(default=None, description="Nothing was sent of what is earlier (UTC)")
    until_at: datetime | None = Field(default=None, description="Nothing was sent of what is later (UTC)")


class TruckTruth(_Line):
    """One truck as a whole."""

    kind: Literal["truck"] = "truck"
    truck: str = Field(description="The truck's name in the fleet")
    energy: str = Field(description="`petrol` or `electric`")
    logger: str = Field(description="Format its logger speaks")
    tier: str = Field(description="What is known of it: phone, tracker, k-line, obd-map, obd-maf, ev")
    row_every_s: float = Field(
        default=1, description="Seconds between its rows on the move; harsh driving shows in rows of a second alone"
    )
    distance_m: float = Field(description="Metres driven")
    fuel_l: float = Field(description="Litres burnt")
    energy_kwh: float = Field(description="kWh out of the traction battery, what braking gives back taken off")
    odometer_km: float = Field(description="Odometer at the end")


class TripTruth(_Line):
    """A trip: from the first movement to the last before 300 s without one."""

    kind: Literal["trip"] = "trip"
    truck: str = Field(description="The truck's name")
    driver: str | None = Field(default=None, description="Who drove when it began")
    started_at: datetime = Field(description="First movement (UTC)")
    ended_at: datetime = Field(description="Last movement (UTC)")
    distance_m: float = Field(description="Metres")
    fuel_l: float = Field(description="Litres from the first movement to the last")
    energy_kwh: float = Field(description="kWh in that time")
    idle_s: int = Field(description="Seconds standing with the engine on in that time")
    top_speed_kmh: float | None = Field(default=None, description="Greatest speed (km/h)")


class StopTruth(_Line):
    """Standing for two minutes or longer."""

    kind: Literal["stop"] = "stop"
    truck: str = Field(description="The truck's name")
    started_at: datetime = Field(description="When it stood still (UTC)")
    ended_at: datetime = Field(description="When it moved again (UTC)")
    idle_s: int = Field(description="Seconds of it with the engine on")


class VisitTruth(_Line):
    """Time at a place, work between the rows of its field included."""

    kind: Literal["visit"] = "visit"
    truck: str = Field(description="The truck's name")
    place: str = Field(description="The place")
    lat: float = Field(description="Where it is (degrees)")
    lon: float = Field(description="Where it is (degrees)")
    started_at: datetime = Field(description="Arrival (UTC)")
    ended_at: datetime = Field(description="Departure (UTC)")


class EventTruth(_Line):
    """Something a fleet owner would want to hear of."""

    kind: Literal["event"] = "event"
    truck: str = Field(description="The truck's name")
    event: str = Field(description="harsh_braking, harsh_acceleration, harsh_cornering, overheating, flat_battery …")
    started_at: datetime = Field(description="When it began (UTC)")
    ended_at: datetime = Field(description="When it ended (UTC)")
    peak: float | None = Field(default=None, description="Largest value: m/s² of harsh driving, °C of overheating")


class FillTruth(_Line):
    """A fill-up at the pump."""

    kind: Literal["fill"] = "fill"
    truck: str = Field(description="The truck's name")
    at: datetime = Field(description="When (UTC)")
    litres: float = Field(description="Litres")
    is_full: bool = Field(description="Whether the tank was full after it")
    odometer_km: float = Field(description="Odometer then")


class ChargeTruth(_Line):
    """A charge of the traction battery."""

    kind: Literal["charge"] = "charge"
    truck: str = Field(description="The truck's name")
    started_at: datetime = Field(description="Plugged in (UTC)")
    ended_at: datetime = Field(description="Unplugged (UTC)")
    energy_kwh: float = Field(description="kWh into the battery")
    soc_start_pct: float = Field(description="Charge before")
    soc_end_pct: float = Field(description="Charge after")


class ServiceTruth(_Line):
    """A job the garage did: oil change, inspection, tyre change, or a repair."""

    kind: Literal["service"] = "service"
    truck: str = Field(description="The truck's name")
    service: str = Field(description="`oil change`, `inspection`, `tyre change`, or `repair: ` and what was broken")
    started_at: datetime = Field(description="When it began (UTC)")
    ended_at: datetime = Field(description="When it was done (UTC)")
    odometer_km: float = Field(description="Odometer then")


class FailureTruth(_Line):
    """Something on the truck that was broken for some days."""

    kind: Literal["failure"] = "failure"
    truck: str = Field(description="The truck's name")
    failure: str = Field(description="`clogged radiator`, `dead fan`, `stuck thermostat` or `weak battery`")
    started_at: datetime = Field(description="From when on (UTC)")
    ended_at: datetime | None = Field(default=None, description="When it was mended, if it was (UTC)")


class FaultTruth(_Line):
    """A fault that the run put into what the logger sent."""

    kind: Literal["fault"] = "fault"
    truck: str = Field(description="The truck's name")
    fault: str = Field(description="Name of the fault")
    at: datetime = Field(description="Time of the rows it struck (UTC)")
    until: datetime = Field(description="Time of the last of them (UTC)")
    rows: int = Field(description="How many rows it struck")


Line = Annotated[
    Run
    | TruckTruth
    | TripTruth
    | StopTruth
    | VisitTruth
    | EventTruth
    | FillTruth
    | ChargeTruth
    | ServiceTruth
    | FailureTruth
    | FaultTruth,
    Field(discriminator="kind"),
]

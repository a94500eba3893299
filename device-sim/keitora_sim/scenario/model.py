"""What a scenario file says."""

from datetime import date, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, model_validator

from keitora_sim.days.calendar import Failing, broken
from keitora_sim.days.kinds import KINDS
from keitora_sim.days.plan import Driver
from keitora_sim.faults.model import Faults
from keitora_sim.loggers.table import NEVER_UNSET, Format
from keitora_sim.truck.model import Condition, Logger, Spec
from keitora_sim.truck.variants import Variant, variants

Temper = Literal["smooth", "ordinary", "hurried", "harsh"]
_TEMPERS = {
    "smooth": Driver("", 0.85),
    "ordinary": Driver("", 1.0),
    "hurried": Driver("", 1.25, 0.15),
    "harsh": Driver("", 1.25, 0.7),
}
_PHONES = ("owntracks", "sensorlogger")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LoggerPart(_Part):
    """What is fitted to a truck."""

    format: Format = Field(default="native", description="What it speaks")
    tier: Literal["tracker", "k-line", "obd-map", "obd-maf"] = Field(
        default="obd-map",
        description="What is known of a petrol truck; phones, electric trucks and carburettors have their own",
    )
    every_s: Annotated[float, Field(gt=0, le=600)] | None = Field(
        default=None, description="Seconds between rows on the move (the tier's own)"
    )
    parked_drain_ma: float = Field(default=25, ge=0, description="What it draws from the parked truck's battery")


class TruckPart(_Part):
    """One truck, or several alike."""

    name: str = Field(min_length=1, description="Name in the fleet; several alike get a number behind it")
    count: int = Field(default=1, ge=1, le=1000, description="How many of them")
    plate: str | None = Field(default=None, description="Its number plate")
    variant: str = Field(description="Which truck; `keitora sim trucks` lists them")
    day: str = Field(description="Its kind of day; `keitora sim trucks` lists them")
    driver: Temper = Field(default="ordinary", description="How it is driven (a pool truck has its own five drivers)")
    logger: LoggerPart = LoggerPart()
    broken: Failing | None = Field(default=None, description="What is broken on it all the time")
    faults: Faults | None = Field(default=None, description="Faults of this truck, instead of the scenario's")
    swaps_logger_with: str | None = Field(default=None, description="Truck that it changes loggers with")
    swaps_on: date | None = Field(default=None, description="The day of that")

    @model_validator(mode="after")
    def _is_there(self) -> Self:
        if self.variant not in variants():
            raise ValueError(f"variant: no truck '{self.variant}'; there are {', '.join(variants())}")
        if self.day not in KINDS:
            raise ValueError(f"day: no kind of day '{self.day}'; there are {', '.join(KINDS)}")
        if (self.swaps_logger_with is None) != (self.swaps_on is None):
            raise ValueError("swaps_logger_with and swaps_on belong together")
        if self.swaps_on and self.count > 1:
            raise ValueError("swaps_on: only a single truck changes loggers")
        if self.swaps_logger_with == self.name:
            raise ValueError("swaps_logger_with: it cannot change loggers with itself; name another truck")
        if self.what.motor and self.broken not in (None, "weak battery"):
            raise ValueError(f"broken: an electric truck has no {self.broken}; it can have a weak battery")
        self._check_tier()
        return self

    def _check_tier(self) -> None:
        if "tier" not in self.logger.model_fields_set:
            return
        if self.logger.format in _PHONES or self.what.motor:
            whose = "a phone" if self.logger.format in _PHONES else "an electric truck"
            raise ValueError(f"logger.tier: {whose} has a tier of its own; leave it away")
        if not self.what.has_fuel_cut and self.logger.tier != "tracker":
            raise ValueError(f"logger.tier: {self.variant} has a carburettor and no plug; write tracker")

    @property
    def what(self) -> Variant:
        """The truck's variant."""
        return variants()[self.variant]

    @property
    def tier(self) -> Logger:
        """What is known of it."""
        if self.logger.format in _PHONES:
            return Logger.PHONE
        if self.what.motor:
            return Logger.EV
        if not self.what.has_fuel_cut:
            return Logger.TRACKER  # a carburettor tells nothing
        return Logger(self.logger.tier)

    @property
    def driven_as(self) -> Driver:
        """Its driver."""
        return _TEMPERS[self.driver]

    def spec(self) -> Spec:
        """Return the truck as the physics want it."""
        from_list = self.what
        condition = Condition(parked_drain_ma=self.logger.parked_drain_ma)
        return Spec(
            key=self.name,
            logger=self.tier,
            kerb_kg=from_list.kerb_kg,
            drag_area_m2=from_list.drag_area_m2,
            engine=from_list.engine,
            motor=from_list.motor,
            temper=self.driven_as.temper,
            condition=condition if self.broken is None else broken(self.broken, condition),
        )


class Scenario(_Part):
    """A scenario file."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{3,24}$")] = Field(description="a-z, 0-9 and hyphen")
    description: str = Field(description="What it is for")
    seed: int = Field(default=1, description="The same seed gives the same bytes")
    fleet: str = Field(min_length=1, description="Name of the fleet")
    time_zone: str = Field(default="Asia/Tokyo", description="Where its days begin and end")
    drivers: tuple[str, ...] = Field(default=(), description="Names of people who drive")
    first_day: date = Field(description="First day")
    days: int = Field(default=1, ge=1, le=400, description="How many days")
    rests: bool = Field(default=True, description="Whether trucks rest on holidays and free weekdays")
    services: bool = Field(default=True, description="Whether trucks go to the garage: oil, inspection, winter tyres")
    breakdowns: bool = Field(default=False, description="Whether things break and are mended")
    faults: Faults = Field(default=Faults(), description="Faults of all trucks")
    trucks: tuple[TruckPart, ...] = Field(min_length=1, description="The fleet")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.time_zone not in available_timezones():
            raise ValueError(f"time_zone: there is no time zone '{self.time_zone}'")
        names = [truck.name for truck in self.trucks]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"trucks: two are called {', '.join(twice)}")
        for truck in self.trucks:
            partner = truck.swaps_logger_with
            if partner is not None and partner not in names:
                raise ValueError(f"trucks: {truck.name} swaps its logger with '{partner}', which is not there")
            last_day = self.first_day + timedelta(days=self.days - 1)
            if truck.swaps_on and not self.first_day <= truck.swaps_on <= last_day:
                raise ValueError(f"trucks: {truck.name}: swaps_on: write a day from {self.first_day} to {last_day}")
            if self.faults_of(truck).wrong_clock > 0 and (why := NEVER_UNSET.get(truck.logger.format)):
                where = "faults" if truck.faults is None else "its faults"
                raise ValueError(
                    f"trucks: {truck.name}: {where}: wrong_clock: {truck.logger.format} cannot have it: {why}; "
                    "give this truck `faults` of its own without it"
                )
        return self

    def faults_of(self, truck: TruckPart) -> Faults:
        """Return the faults of one of its trucks."""
        return truck.faults or self.faults

    def one_by_one(self) -> list[TruckPart]:
        """Return each truck, those alike with numbers."""
        return [
            truck if truck.count == 1 else truck.model_copy(update={"name": f"{truck.name} {number}", "count": 1})
            for truck in self.trucks
            for number in range(1, truck.count + 1)
        ]

"""The faults there are, as a scenario writes them. Pure."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]


class Faults(BaseModel):
    """How likely each fault is; nothing goes wrong by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    no_coverage: bool = Field(
        default=False, description="No network among the hills (places without coverage); the backlog comes after them"
    )
    outages_per_day: float = Field(
        default=0, ge=0, description="Losses of the network anywhere, for 5 to 90 minutes; the backlog comes after them"
    )
    reboots_per_day: float = Field(
        default=0, ge=0, description="Restarts: some seconds are lost, the count begins anew"
    )
    wrong_clock: Share = Field(
        default=0,
        description="Share of boots that begin without the time, for a while: native, Teltonika, Traccar, WiCAN Pro",
    )
    duplicates: Share = Field(
        default=0, description="Share of messages that are sent twice, the second some seconds later"
    )
    reordering: Share = Field(default=0, description="Share of messages that come after some later ones")
    flat_battery_per_day: float = Field(
        default=0,
        ge=0,
        description="Days on which the logger's supply fails: nothing is sampled for half an hour to three",
    )
    stuck_value: Share = Field(default=0, description="Share of trips on which one sensor keeps its first value")
    garbage: Share = Field(default=0, description="Share of messages beside which bytes without sense are sent")

"""What is told of a fleet, and what may be changed."""

from typing import Literal

from pydantic import ConfigDict, Field

from keitora_api.entered import VISIBLE
from keitora_api.schemas import Schema
from keitora_api.session.schemas import Entry


class FleetAnswer(Schema):
    """The fleet of who asks."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "name": "青木農園",
                    "time_zone": "Asia/Tokyo",
                    "currency": "JPY",
                    "locale": "ja",
                    "units": "km-per-l",
                    "role": "manager",
                }
            ]
        }
    )

    id: int = Field(description="The fleet's number")
    name: str = Field(description="Its name")
    time_zone: str = Field(description="IANA name; decides where the fleet's days begin")
    currency: str = Field(description="ISO 4217")
    locale: str = Field(description="The fleet's language: `ja` or `en`")
    units: str = Field(
        description="What pages show: `km-per-l`, `l-per-100km` or `us`. The API is metric whatever it says"
    )
    role: str = Field(description="The role of who asks: `manager`, `viewer` or `driver`")


class FleetChange(Entry):
    """What to change of the fleet; what is not said stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"time_zone": "America/New_York", "units": "us"}]})

    name: str | None = Field(default=None, min_length=1, max_length=100, pattern=VISIBLE, description="Its name")
    time_zone: str | None = Field(default=None, max_length=60, description="IANA name, such as Asia/Tokyo")
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$", description="ISO 4217, such as JPY")
    locale: Literal["ja", "en"] | None = Field(default=None, description="The fleet's language")
    units: Literal["km-per-l", "l-per-100km", "us"] | None = Field(default=None, description="What pages show")

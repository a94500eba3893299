"""What is told of a fleet."""

from pydantic import ConfigDict, Field

from keitora_api.schemas import Schema


class FleetAnswer(Schema):
    """The fleet the key belongs to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "name": "青木農園",
                    "time_zone": "Asia/Tokyo",
                    "currency": "JPY",
                    "locale": "ja",
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
    role: str = Field(description="The role of the key that asks: `manager`, `viewer` or `driver`")

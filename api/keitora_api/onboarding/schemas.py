"""What is said of a new truck and a new device, and what the device must be told."""

from typing import Final

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.devices.model import Source
from keitora_api.bulk import Bulk
from keitora_api.schemas import Schema
from keitora_api.session.schemas import Entry
from keitora_api.vehicles.entries import VehicleEntry
from keitora_api.vehicles.schemas import VEHICLE, VehicleAnswer


class VehicleBulk(Bulk[VehicleEntry]):
    """Trucks to be added all together, or none."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [{"name": "キャリイ2号", "chassis_code": "DA16T"}]}]}
    )


class VehiclesAdded(Schema):
    """The trucks of one request, all of them added."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [VEHICLE]}]})

    items: list[VehicleAnswer] = Field(description="In the order they were sent")


class DeviceEntry(Entry):
    """A new device, on this truck from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"source": "owntracks"}]})

    source: Source = Field(default="owntracks", description="What it speaks")
    device_key: str | None = Field(
        default=None, max_length=130, description="How it calls itself; made up for those that take any name"
    )


class Setting(Schema):
    """A setting, by the name the device's own pages use."""

    name: str = Field(description="As the app or the logger calls it")
    value: str = Field(description="What is to be typed in there")


_HANDOVER: Final[JsonDict] = {
    "device_id": 9,
    "source": "owntracks",
    "device_key": "carry-2/phone",
    "username": "owntracks.carry-2.phone",
    "settings": [
        {"name": "host", "value": "192.168.1.10"},
        {"name": "port", "value": "8883"},
        {"name": "TLS", "value": "on"},
    ],
    "link": "owntracks:///config?inline=…",
    "qr_svg": "data:image/svg+xml;utf8,…",
    "remark": "Open the link on the phone, or scan it with the phone's camera.",
    "is_encrypted": True,
    "host_is_guess": False,
    "is_only_here": False,
}


class HandoverAnswer(Schema):
    """What a device must be told to be let in. Its password is shown only now."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HANDOVER]})

    device_id: int = Field(description="The device's number")
    source: str = Field(description="What it speaks")
    device_key: str = Field(description="How it calls itself")
    username: str | None = Field(description="Its user at the broker; null if it comes by a server of the fleet's own")
    settings: list[Setting] = Field(description="In the order they are typed in; the password is among them")
    link: str | None = Field(description="Opened on a phone, it sets the app up")
    qr_svg: str | None = Field(description="The link as a QR code: an image as a `data:` address")
    remark: str | None = Field(description="What else is to be known")
    is_encrypted: bool = Field(description="Whether what it sends is encrypted on the way")
    host_is_guess: bool = Field(description="The address is a guess: `KEITORA_PUBLIC_HOST` says another")
    is_only_here: bool = Field(description="Nothing but this box can connect at present")

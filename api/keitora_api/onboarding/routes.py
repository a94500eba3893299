"""`POST /v1/vehicles`, its devices, and their logins: what a manager does when a truck joins the fleet."""

from dataclasses import replace
from typing import Annotated, Final

from fastapi import Path, Response

from keitora.access.address import broker_address, receiver_address
from keitora.access.admission import admit, find_device_of, give_login, shut_out
from keitora.access.handover import Handover, Ways, handover
from keitora.access.model import Login
from keitora.access.rights import BY_HTTP_ONLY, topics_of
from keitora.access.templates import read_templates
from keitora.catalogue.find import chassis_code, look_up
from keitora.devices.model import Device
from keitora.errors import KeitoraError, NotFoundError
from keitora.settings import MappingSettings, PublicSettings
from keitora.vehicles.model import NewVehicle, Vehicle
from keitora.vehicles.queries import add_vehicle, read_vehicles
from keitora_api import problems
from keitora_api.auth import Visit, WritingVisit
from keitora_api.onboarding.schemas import DeviceEntry, HandoverAnswer, Setting
from keitora_api.people.links import qr_image
from keitora_api.problems import ProblemError
from keitora_api.routing import feature
from keitora_api.vehicles.entries import VehicleEntry
from keitora_api.vehicles.routes import VehicleId
from keitora_api.vehicles.schemas import VehicleAnswer

router = feature("vehicles")

DeviceId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The device's number", examples=[9])]
_CONFLICT: Final = problems.documented(problems.FORBIDDEN, problems.CONFLICT)
_ONE: Final = problems.documented(problems.FORBIDDEN, problems.NOT_FOUND)


@router.post("/vehicles", summary="Add a truck", status_code=201, responses=_CONFLICT)
async def add(visit: WritingVisit, body: VehicleEntry) -> VehicleAnswer:
    """Add a truck to the fleet; what is known of its chassis code is filled in."""
    return await add_truck(visit, body)


async def add_truck(visit: Visit, body: VehicleEntry) -> VehicleAnswer:
    """Add a truck and return it. Raises a 409 problem if the fleet has one of that name."""
    try:
        made = await add_vehicle(visit.conn, fleet_id=visit.fleet.fleet_id, new=_filled_in(body))
    except KeitoraError as error:
        raise ProblemError(problems.CONFLICT, str(error)) from error
    return VehicleAnswer.of(made)


def _filled_in(body: VehicleEntry) -> NewVehicle:
    said = body.model_dump(exclude_none=True)
    said["name"] = body.name.strip()
    code = (body.chassis_code or "").strip()
    known = look_up(code, body.built_on) if code else None
    new = NewVehicle(**{**said, "chassis_code": chassis_code(code) or None if code else None})
    if known is None:
        return new
    names = ("maker", "model", "energy", "displacement_cc", "tank_l", "kerb_kg", "induction", "has_fuel_cut")
    told = {name: getattr(known, name) for name in names if name not in said}
    return replace(new, **{name: value for name, value in told.items() if value is not None})


@router.post(
    "/vehicles/{vehicle_id}/devices",
    summary="Let a device in, on this truck",
    status_code=201,
    responses=_ONE | _CONFLICT,
)
async def let_device_in(visit: WritingVisit, vehicle_id: VehicleId, body: DeviceEntry) -> HandoverAnswer:
    """Let a logger or a phone in, and return what it must be told: for OwnTracks a link and a QR code."""
    truck = await _truck(visit, vehicle_id)
    try:
        device = await admit(
            visit.conn,
            fleet_id=visit.fleet.fleet_id,
            vehicle_id=vehicle_id,
            vehicle_name=truck.name,
            source=body.source,
            device_key=body.device_key,
        )
    except KeitoraError as error:
        raise ProblemError(problems.CONFLICT, str(error)) from error
    return await _handed_over(visit, device)


@router.post("/devices/{device_id}/renew", summary="Give a device a new password", status_code=201, responses=_ONE)
async def renew(visit: WritingVisit, device_id: DeviceId) -> HandoverAnswer:
    """Give a device a new password, and return what it must be told; the old one is cut at once."""
    return await _handed_over(visit, await _device(visit, device_id))


@router.post("/devices/{device_id}/revoke", summary="Shut a device out", status_code=204, responses=_ONE)
async def revoke(visit: WritingVisit, device_id: DeviceId) -> Response:
    """Shut a device out at once; what it has sent stays."""
    device = await _device(visit, device_id)
    if not await shut_out(visit.conn, device_id=device.device_id):
        raise NotFoundError(f"device {device_id} has no password")
    return Response(status_code=204)


async def _handed_over(visit: Visit, device: Device) -> HandoverAnswer:
    rights = topics_of(device.source, device.device_key, read_templates(MappingSettings().mapping_file))
    is_by_http = device.source in BY_HTTP_ONLY
    login = await give_login(visit.conn, device) if rights.write or is_by_http else None
    settings = PublicSettings()
    ways = Ways(broker_address(settings), receiver_address(settings))
    what = _without_login(device) if login is None else handover(device.source, device.device_key, login, ways, rights)
    address = ways.receiver if is_by_http else ways.broker
    visit.change.tell(object=f"device {device.device_id}", after={"source": device.source, "key": device.device_key})
    return HandoverAnswer(
        device_id=device.device_id,
        source=device.source,
        device_key=device.device_key,
        username=_username(login),
        settings=[Setting(name=name, value=value) for name, value in what.settings],
        link=what.link,
        qr_svg=qr_image(what.link) if what.link else None,
        remark=what.remark,
        is_encrypted=address.is_encrypted,
        host_is_guess=address.is_guess,
        is_only_here=address.is_only_here,
    )


def _username(login: Login | None) -> str | None:
    return None if login is None else login.username


def _without_login(device: Device) -> Handover:
    return Handover((), remark=f"{device.source} devices come by a server of your own, which has one login for all.")


async def _truck(visit: Visit, vehicle_id: int) -> Vehicle:
    for truck in await read_vehicles(visit.conn, fleet_id=visit.fleet.fleet_id):
        if truck.vehicle_id == vehicle_id:
            return truck
    raise NotFoundError(f"there is no truck {vehicle_id}")


async def _device(visit: Visit, device_id: int) -> Device:
    found = await find_device_of(visit.conn, fleet_id=visit.fleet.fleet_id, device_id=device_id)
    if found is None:
        raise NotFoundError(f"there is no device {device_id}")
    return found

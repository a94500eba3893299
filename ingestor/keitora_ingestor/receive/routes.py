"""The routes: one a wire format. Who writes is decided by the credential alone; a claim to be another is refused."""

from collections.abc import Set as AbstractSet
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from keitora.wire import topics
from keitora_ingestor.receive import answers
from keitora_ingestor.receive.answers import Refusal
from keitora_ingestor.receive.guard import Sender, basic_login
from keitora_ingestor.receive.intake import OverBudgetError
from keitora_ingestor.receive.line import Fate
from keitora_ingestor.receive.osmand_request import SOURCE, OsmandRequest
from keitora_ingestor.receive.reception import Reception


def reception_of(request: Request) -> Reception:
    """Return the application's reception."""
    reception: Reception = request.app.state.reception
    return reception


Here = Annotated[Reception, Depends(reception_of)]
router = APIRouter()


@router.get("/healthz")
async def healthz(reception: Here) -> Response:
    """Tell whether messages can be stored now: 200, or 503."""
    return JSONResponse({"database": reception.is_well}, status_code=200 if reception.is_well else 503)


@router.post("/in/native/{device_key}")
async def native(request: Request, device_key: str, reception: Here) -> Response:
    """Take a native batch of rows, and answer with the rows that are committed."""
    return await _native(request, device_key, reception, topics.telemetry(device_key))


@router.post("/in/native/{device_key}/e")
async def native_event(request: Request, device_key: str, reception: Here) -> Response:
    """Take a native event, and answer with its number once it is committed."""
    return await _native(request, device_key, reception, topics.event(device_key))


@router.post("/in/native/{device_key}/s")
async def native_state(request: Request, device_key: str, reception: Here) -> Response:
    """Take what a native device says of itself."""
    return await _native(request, device_key, reception, topics.state(device_key))


async def _native(request: Request, device_key: str, reception: Reception, topic: str) -> Response:
    sender = await reception.let_in(request, basic_login(request.headers.get("authorization")))
    _require(sender, "native", {device_key})
    payload = await reception.body(request)
    return answers.native(await reception.store(topic, payload))


@router.post("/in/owntracks")
@router.post("/in/owntracks/")
async def owntracks(request: Request, reception: Here) -> Response:
    """Take an OwnTracks message. `u` and `d` (or X-Limit-U and X-Limit-D) are only compared with the credential."""
    sender = await reception.let_in(request, basic_login(request.headers.get("authorization")))
    _require(sender, "owntracks", {sender.device_key})
    user, _, device = sender.device_key.partition("/")
    claimed_user = request.headers.get("x-limit-u") or request.query_params.get("u")
    claimed_device = request.headers.get("x-limit-d") or request.query_params.get("d")
    # The apps send the name they log in with as the user, whatever the topic would have been.
    if claimed_user not in (None, user, sender.username) or claimed_device not in (None, device):
        raise _another(sender)
    payload = await reception.body(request)
    return answers.owntracks(await _stored(reception, f"owntracks/{sender.device_key}", payload))


@router.api_route("/in/osmand", methods=["GET", "POST"])
@router.api_route("/in/osmand/", methods=["GET", "POST"])
async def osmand(request: Request, reception: Here) -> Response:
    """Take fixes of OsmAnd or Traccar Client: a query, a form, or JSON. Without Basic, `key` is the password."""
    query, bounds = request.url.query, reception.bounds
    login = basic_login(request.headers.get("authorization")) or OsmandRequest.read(query, b"", bounds).login()
    sender = None if login is None else await reception.let_in(request, login)
    said = OsmandRequest.read(query, await reception.body(request), bounds)
    if sender is None:
        sender = await reception.let_in(request, said.login())
    _require(sender, SOURCE, said.names or {sender.device_key})
    return answers.osmand(await _stored(reception, f"osmand/{sender.device_key}", said.payload))


async def _stored(reception: Reception, topic: str, payload: bytes) -> Fate:
    """Return what became of a phone's message. Raises Refusal 503 where it sends too much.

    OwnTracks for iOS throws away what is answered 4xx, and keeps what is answered 5xx.
    """
    try:
        return await reception.store(topic, payload)
    except OverBudgetError as error:
        raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(error), retry_s=error.wait_s) from error


def _require(sender: Sender, source: str, claimed: AbstractSet[str]) -> None:
    if sender.source != source or claimed != {sender.device_key}:
        raise _another(sender)


def _another(sender: Sender) -> Refusal:
    return Refusal(HTTPStatus.FORBIDDEN, f"this credential is of the {sender.source} device {sender.device_key!r} only")

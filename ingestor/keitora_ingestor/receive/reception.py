"""What every route does: let the sender in, read the body, and turn what went wrong into an answer."""

from http import HTTPStatus
from time import monotonic
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from keitora.errors import KeitoraError
from keitora_ingestor.decode.bounds import Bounds
from keitora_ingestor.receive.answers import RETRY_AFTER_S, Refusal
from keitora_ingestor.receive.guard import AwayError, Guard, Login, NotLetInError, Sender, TooManyTriesError
from keitora_ingestor.receive.intake import BusyError, Intake, OverBudgetError
from keitora_ingestor.receive.line import Fate
from keitora_ingestor.receive.reading import Limit, TooLargeError, TooSlowError, is_spent, read_body
from keitora_ingestor.receive.refusals import RefusalLog
from keitora_ingestor.receive.settings import ReceiveSettings

_ENCODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip", "zstd"})
_STATUS: Final[dict[type[KeitoraError], HTTPStatus]] = {
    NotLetInError: HTTPStatus.UNAUTHORIZED,
    TooManyTriesError: HTTPStatus.TOO_MANY_REQUESTS,
    OverBudgetError: HTTPStatus.TOO_MANY_REQUESTS,
    AwayError: HTTPStatus.SERVICE_UNAVAILABLE,
    BusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooSlowError: HTTPStatus.REQUEST_TIMEOUT,
}


class Reception:
    """The receiver's parts, as the routes use them."""

    def __init__(self, settings: ReceiveSettings, guard: Guard, intake: Intake) -> None:
        self._limit = Limit(settings.max_payload_bytes, settings.receive_body_timeout_s)
        self._guard = guard
        self._intake = intake
        self._log = RefusalLog()

    @property
    def bounds(self) -> Bounds:
        """How much a message may hold."""
        return self._intake.bounds

    @property
    def is_well(self) -> bool:
        """Whether messages can be stored now."""
        return self._intake.is_there

    async def let_in(self, request: Request, login: Login | None) -> Sender:
        """Return whose login it is. Raises NotLetInError, TooManyTriesError or AwayError."""
        return await self._guard.check(login, address_of(request))

    async def body(self, request: Request) -> bytes:
        """Return the body as it was sent. Raises Refusal 415, TooLargeError or TooSlowError."""
        encoding = request.headers.get("content-encoding", "").strip().lower()
        if encoding not in _ENCODINGS:
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "bodies may be compressed with gzip or zstd")
        return await read_body(request, self._limit)

    async def store(self, topic: str, payload: bytes) -> Fate:
        """Return what became of a message, after its commit. Raises BusyError or OverBudgetError."""
        return await self._intake.submit(topic, payload)

    async def refused(self, request: Request, error: Exception) -> Response:
        """Return the answer to a request that ends with an error of ours, and note it in the log."""
        refusal = error if isinstance(error, Refusal) else _refusal(error)
        self._log.note(
            status=refusal.status.value,
            address=address_of(request),
            path=request.url.path,
            detail=refusal.detail,
            now_s=monotonic(),
        )
        return refusal.response(is_last=not await is_spent(request, self._limit))


def address_of(request: Request) -> str:
    """Return the address a request came from: the sender's where a trusted reverse proxy names it."""
    return request.client.host if request.client else "?"


def _refusal(error: Exception) -> Refusal:
    status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
    retry_s: float | None = None
    if isinstance(error, TooManyTriesError | OverBudgetError):
        retry_s = error.wait_s
    elif status is HTTPStatus.SERVICE_UNAVAILABLE:
        retry_s = RETRY_AFTER_S
    return Refusal(status, str(error), retry_s=retry_s)

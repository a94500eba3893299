"""What a request is answered, protocol by protocol. Pure. `docs/reference/http-ingest.md` is the table of it.

A phone's app sends the oldest message first and, where it is not told 2xx, the same one for ever. To OwnTracks and
OsmAnd a message that cannot be read but is safely kept is therefore answered like any other, with the reason in a
header. A firmware that speaks the native format has an author who wants to know, so it is told.
"""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.responses import JSONResponse, Response

from keitora.errors import KeitoraError
from keitora_ingestor.receive.line import Fate

KEPT_HEADER: Final = "Keitora-Kept"
RETRY_AFTER_S: Final = 10
_PROBLEM: Final = "application/problem+json"


class Refusal(KeitoraError):  # noqa: N818 -- it is an answer
    """Ends a request with an answer other than 200. `retry_s`: when to send the same again (s)."""

    def __init__(
        self, status: HTTPStatus, detail: str, reason: str | None = None, *, retry_s: float | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.reason = reason
        self.retry_s = retry_s

    def response(self, *, is_last: bool) -> Response:
        """Return the answer; `is_last`: the connection is closed after it."""
        body = {"type": "about:blank", "title": self.status.phrase, "status": self.status.value, "detail": self.detail}
        headers = {"Cache-Control": "no-store"}
        if self.reason is not None:
            body["reason"] = self.reason
        if self.retry_s is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_s)))
        if self.status is HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Basic realm="Keitora", charset="UTF-8"'
        if is_last:
            headers["Connection"] = "close"
        return JSONResponse(body, status_code=self.status.value, media_type=_PROBLEM, headers=headers)


def native(fate: Fate) -> Response:
    """Return the committed ranges. Raises Refusal 413 or 422, with the reason, where nothing could be stored."""
    if fate.is_whole:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if fate.reason == "too_large" else HTTPStatus.UNPROCESSABLE_ENTITY
        raise Refusal(status, fate.detail, fate.reason)
    body = "{}" if fate.ranges is None else fate.ranges.model_dump_json()
    return Response(body, media_type="application/json", headers=_kept(fate))


def owntracks(fate: Fate) -> Response:
    """Return the empty list of messages to the phone."""
    return Response("[]", media_type="application/json", headers=_kept(fate))


def osmand(fate: Fate) -> Response:
    """Return an empty answer."""
    return Response("", media_type="text/plain", headers=_kept(fate))


def _kept(fate: Fate) -> Mapping[str, str]:
    return {} if fate.reason is None else {KEPT_HEADER: fate.reason}

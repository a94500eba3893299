"""Writes that may be repeated: an `Idempotency-Key` makes the same request count once.

It holds for every write of somebody who is known, by no doing of the routes. The key is taken in the transaction that
makes the change, and the answer is kept with it there: either both are, or neither. The same request with the same key
is given the answer again, another request with it is refused, and twins that come at once wait for one another. What
was refused keeps no answer: mended, it may be sent with the same key. Keys are kept for a week.
"""

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from psycopg import AsyncConnection

from keitora_api import problems
from keitora_api.idempotency.queries import KeptAnswer, claim_key, find_answer, keep_answer
from keitora_api.idempotency.seal import opened, sealed
from keitora_api.problems import ProblemError, invalid
from keitora_api.rights import NOBODY_ASKED, RIGHTS

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_LONGEST: Final = 200

TELLING_SECRETS: Final = frozenset({
    "POST /v1/keys",
    "POST /v1/invitations",
    "POST /v1/people/{person_id}/reset-password",
    "POST /v1/vehicles/{vehicle_id}/devices",
    "POST /v1/devices/{device_id}/renew",
})  # fmt: skip
"""Their answers hold what is nowhere else readable: they are kept sealed, and opened for who asked first alone."""

_NOT_REPEATABLE: Final = frozenset({"PUT /v1/me/password"})
"""The digest of its body would be a quick hash of a password. Repeated, it changes nothing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that a request has taken, in whose transaction its answer is to be kept."""

    conn: AsyncConnection
    fleet_id: int
    key: str
    token: str


class RepeatedError(Exception):
    """Ends a request that was answered before, with that answer."""

    def __init__(self, status: int, answer: bytes) -> None:
        super().__init__("answered before")
        self.status = status
        self.answer = answer


class RepeatableRoute(APIRoute):
    """A route that keeps its answer with the key its request has taken, and gives it again."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if self.takes_key:
            extra = self.openapi_extra or {}
            self.openapi_extra = {**extra, "parameters": [*extra.get("parameters", ()), _PARAMETER]}

    @cached_property
    def takes_key(self) -> bool:
        """Tell whether what the route does may be asked for again."""
        return any(is_repeatable(method, self.path) for method in self.methods or ())

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request. The transaction of the visit is still open when it has."""
        whole = super().get_route_handler()
        if not self.takes_key:
            return whole

        async def handler(request: Request) -> Response:
            try:
                response = await whole(request)
            except RepeatedError as known:
                headers = {REPLAYED: "true"}
                media_type = "application/json" if known.answer else None
                return Response(known.answer, status_code=known.status, media_type=media_type, headers=headers)
            await _keep(request, response)
            return response

        return handler


def is_repeatable(method: str, route: str) -> bool:
    """Tell whether a route takes an `Idempotency-Key`: if it writes, for somebody who is known."""
    operation = f"{method} {route}"
    return method != "GET" and RIGHTS.get(operation) is not NOBODY_ASKED and operation not in _NOT_REPEATABLE


async def take_key(
    request: Request, conn: AsyncConnection, *, route: str, fleet_id: int, author: str, token: str
) -> str | None:
    """Take the request's key, if it brings one, and return it.

    Raises RepeatedError if the same request was answered before, a 422 problem if another one came with the key.
    """
    key = request.headers.get(HEADER)
    if key is None or not is_repeatable(request.method, route):
        return None
    if not 1 <= len(key) <= _LONGEST:
        raise invalid("header.Idempotency-Key", f"a key has 1 to {_LONGEST} characters")
    digest = _digest(request, await request.body(), author)
    if await claim_key(conn, fleet_id=fleet_id, key=key, digest=digest):
        request.state.claim = Claim(conn, fleet_id, key, token)
        return key
    found = await find_answer(conn, fleet_id=fleet_id, key=key)
    if found is None or found.digest != digest or found.status is None:
        raise ProblemError(problems.KEY_REUSED, "this Idempotency-Key came with another request before")
    raise RepeatedError(found.status, _read(found, key, token))


async def _keep(request: Request, response: Response) -> None:
    claim: Claim | None = getattr(request.state, "claim", None)
    if claim is None:
        return
    answer, is_secret = bytes(response.body), f"{request.method} {request.scope['route'].path}" in TELLING_SECRETS
    await keep_answer(
        claim.conn,
        fleet_id=claim.fleet_id,
        key=claim.key,
        status=response.status_code,
        answer=sealed(answer, claim.key, claim.token) if is_secret else answer,
        is_sealed=is_secret,
    )


def _read(found: KeptAnswer, key: str, token: str) -> bytes:
    if not found.is_sealed:
        return found.answer
    answer = opened(found.answer, key, token)
    if answer is None:
        raise ProblemError(
            problems.CONFLICT,
            "this was done before; its answer held a secret, which is told again only to the session that asked first",
        )
    return answer


def _digest(request: Request, body: bytes, author: str) -> bytes:
    """Return what tells this request from others: who sends it, where to, and what it says in any order."""
    try:
        said = json.dumps(json.loads(body), sort_keys=True).encode()
    except ValueError:
        said = body
    where = f"{author}\n{request.method} {request.url.path}?{request.url.query}\n"
    return sha256(where.encode() + said).digest()


_PARAMETER: Final = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Chosen by the client, such as a UUID: the same request with the same key counts once and is given "
    "the same answer, for a week. Another request with it is a 422 problem, `/problems/key-reused`.",
    "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST},
    "example": "8f14e45f-ceea-467f-a83c-0d3f4c1c9b3a",
}

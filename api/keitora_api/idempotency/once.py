"""Writes that may be repeated: an `Idempotency-Key` makes the same request count once.

The answer is kept with the key, in the transaction that makes the change. The same request with the same key is given
that answer again; another request with it is refused. Two at once wait for one another. Keys are kept for a week.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, TypeVar

from fastapi import Header
from pydantic import BaseModel

from keitora_api import problems
from keitora_api.auth import Visit
from keitora_api.idempotency.queries import claim_key, find_answer, keep_answer
from keitora_api.problems import ProblemError

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Chosen by the client: the same request with the same key counts once, for a week",
    ),
]
Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Request:
    """A write that may be repeated: its key, the route and object it is about, and its body."""

    key: str | None
    what: str
    body: BaseModel

    def digest(self, author: str) -> bytes:
        """Return what tells this request from others, sent by the same author."""
        return sha256(f"{author}\n{self.what}\n{self.body.model_dump_json()}".encode()).digest()


async def once(visit: Visit, asked: Request, answer: type[Answer], make: Callable[[], Awaitable[Answer]]) -> Answer:
    """Return what `make` answers, or what it answered to the same request with the same key before.

    Raises a 409 problem if the key came with another request.
    """
    if asked.key is None:
        return await make()
    fleet_id, digest = visit.fleet.fleet_id, asked.digest(visit.author)
    if await claim_key(visit.conn, fleet_id=fleet_id, key=asked.key, digest=digest):
        made = await make()
        await keep_answer(visit.conn, fleet_id=fleet_id, key=asked.key, body=made.model_dump(mode="json"))
        return made
    found = await find_answer(visit.conn, fleet_id=fleet_id, key=asked.key)
    if found is None or found[0] != digest:
        raise ProblemError(problems.CONFLICT, "this Idempotency-Key came with another request before")
    return answer.model_validate(found[1])

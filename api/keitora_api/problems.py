"""Errors as `application/problem+json` (RFC 9457). Each kind has a stable `type`, also a page that explains it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: the last part of its `type`, its status, its title, and what to do about it."""

    slug: str
    status: int
    title: str
    help: str

    @property
    def type(self) -> str:
        """Return the `type` of problems of this kind; `about:blank` (RFC 9457 §4.2.1) if it says no more than HTTP."""
        return f"/problems/{self.slug}" if self.slug else "about:blank"


UNAUTHORIZED: Final = Kind(
    "unauthorized",
    401,
    "A key is needed",
    "Sign in, or send a valid key as `Authorization: Bearer kt_…` or `X-API-Key: kt_…`.",
)
FORBIDDEN: Final = Kind("forbidden", 403, "Not for this role", "The role of who asks may not do this; ask a manager.")
NOT_FOUND: Final = Kind("not-found", 404, "Not found", "It does not exist, or belongs to another fleet.")
METHOD_NOT_ALLOWED: Final = Kind("method-not-allowed", 405, "Method not allowed", "See the Allow header.")
NOT_ACCEPTABLE: Final = Kind(
    "not-acceptable", 406, "Not in this form", "`Accept` names no form there is; leave it out, or say `format`."
)
UNKNOWN_FIELD: Final = Kind(
    "unknown-field", 400, "No such field", "`fields` names something the answer has not; `detail` tells what it has."
)
KEY_REUSED: Final = Kind(
    "key-reused",
    422,
    "The key came with another request",
    "An `Idempotency-Key` belongs to one request; take a new one for another.",
)
INVALID: Final = Kind(
    "invalid-request", 422, "The request is not valid", "`errors` names each part that is wrong, and why."
)
CONFLICT: Final = Kind("conflict", 409, "Not as things are", "It does not go together with what is there already.")
TOO_LARGE: Final = Kind("too-large", 413, "Too large", "Send less at once; `KEITORA_MAX_REQUEST_BYTES` is the limit.")
TOO_SLOW: Final = Kind("too-slow", 408, "Too slow", "The request did not arrive in time; try again on a better line.")
TOO_MANY: Final = Kind(
    "too-many-attempts", 429, "Too many attempts", "Wait as long as `Retry-After` says (s), then try again."
)
UNEXPECTED: Final = Kind("unexpected", 500, "Something went wrong here", "It is in the service's log, with this time.")
NOT_INSTALLED: Final = Kind(
    "not-installed", 501, "Not installed here", "Who runs the service can install it; `detail` says how."
)
UNAVAILABLE: Final = Kind("unavailable", 503, "Not available now", "The database does not answer; try again soon.")

KINDS: Final = (
    *(UNKNOWN_FIELD, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, TOO_SLOW, CONFLICT),
    *(TOO_LARGE, INVALID, KEY_REUSED, TOO_MANY, UNEXPECTED, NOT_INSTALLED, UNAVAILABLE),
)


class InvalidPart(BaseModel):
    """One part of a request that is not valid."""

    location: str = Field(description="Where it is, as `query.from` or `path.trip_id`")
    detail: str = Field(description="What is wrong with it")


class Problem(BaseModel):
    """Why a request was not answered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/not-found",
                    "title": "Not found",
                    "status": 404,
                    "detail": "there is no trip '7-mi3k2x1c'",
                }
            ]
        }
    )

    type: str = Field(
        description="Stable name of this kind of problem, and where it is explained; `about:blank`: it says no more "
        "than the status",
        json_schema_extra={"enum": [*(kind.type for kind in KINDS), "about:blank"]},
    )
    title: str = Field(description="The same for every problem of this kind")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What happened this time")
    errors: list[InvalidPart] | None = Field(default=None, description="What is wrong with the request (422 only)")


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, kind: Kind, detail: str, errors: list[InvalidPart] | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = errors


def invalid(location: str, detail: str) -> ProblemError:
    """Return the problem of one part of the request that is not valid."""
    return ProblemError(INVALID, detail, [InvalidPart(location=location, detail=detail)])


def response(
    kind: Kind, detail: str, *, errors: list[InvalidPart] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return the answer that tells of a problem."""
    problem = Problem(type=kind.type, title=kind.title, status=kind.status, detail=detail, errors=errors)
    own = {"WWW-Authenticate": "Bearer"} if kind is UNAUTHORIZED else {}
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        status_code=kind.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **own, **(headers or {})},
    )


def documented(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of the problems a route may answer with."""
    return {kind.status: _documented(kind) for kind in kinds}


def _documented(kind: Kind) -> dict[str, Any]:
    example = {"type": kind.type, "title": kind.title, "status": kind.status, "detail": kind.help}
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": kind.title, "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}

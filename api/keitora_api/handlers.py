"""From errors to problems."""

import logging
from collections.abc import Sequence
from math import ceil
from typing import Final

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg.errors import QueryCanceled
from psycopg_pool import PoolTimeout
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

from keitora.errors import KeyReusedError, NotFoundError
from keitora_api import problems
from keitora_api.bounds import OutOfBoundsError
from keitora_api.problems import InvalidPart, Kind, ProblemError
from keitora_api.session.begin import RefusedError, WaitError, note_refusal
from keitora_api.unkeepable import unkeepable_parts

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_TOLD: Final = 5
_LOG: Final = logging.getLogger(__name__)
_BY_STATUS: Final[dict[int, Kind]] = {
    kind.status: kind for kind in problems.KINDS if kind not in {problems.UNKNOWN_FIELD, problems.KEY_REUSED}
}


def add_handlers(app: FastAPI) -> None:
    """Let the application answer every error it may meet with a problem."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(NotFoundError, _on_not_found)
    app.add_exception_handler(KeyReusedError, _on_key_reused)
    app.add_exception_handler(RefusedError, _on_refused)
    app.add_exception_handler(WaitError, _on_wait)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(PoolTimeout, _on_database)
    app.add_exception_handler(psycopg.OperationalError, _on_database)
    app.add_exception_handler(psycopg.InterfaceError, _on_database)
    app.add_exception_handler(QueryCanceled, _on_slow)
    app.add_exception_handler(psycopg.DataError, _on_data)
    app.add_exception_handler(UnicodeEncodeError, _on_unencodable)


async def _on_problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)  # noqa: S101 -- registered for it alone
    return problems.response(error.kind, error.detail, errors=error.errors)


async def _on_not_found(_: Request, error: Exception) -> JSONResponse:
    return problems.response(problems.NOT_FOUND, str(error))


async def _on_key_reused(_: Request, error: Exception) -> JSONResponse:
    return problems.response(problems.KEY_REUSED, str(error))


async def _on_refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RefusedError)  # noqa: S101 -- registered for it alone
    answer = problems.response(problems.UNAUTHORIZED, "login name and password do not go together")
    # Only now is it looked whose log this belongs into: that takes time, by which accounts could be found.
    answer.background = BackgroundTask(note_refusal, request, error.login_name)
    return answer


async def _on_wait(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, WaitError)  # noqa: S101 -- registered for it alone
    return problems.response(problems.TOO_MANY, str(error), headers={"Retry-After": str(ceil(error.wait_s))})


async def _on_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- registered for it alone
    parts = [
        InvalidPart(location=".".join(str(step) for step in found["loc"]), detail=str(found["msg"]))
        for found in error.errors()
    ]
    return problems.response(problems.INVALID, _summed_up(parts), errors=parts)


def _summed_up(parts: Sequence[InvalidPart]) -> str:
    detail = "; ".join(f"{part.location}: {part.detail}" for part in parts[:_TOLD])
    return detail if len(parts) <= _TOLD else f"{detail}; and {len(parts) - _TOLD} more, see `errors`"


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 -- registered for it alone
    if isinstance(error.__cause__, OutOfBoundsError):
        # FastAPI takes whatever goes wrong while it reads a body for a body that is wrong.
        return error.__cause__.response()
    if error.status_code == 400:
        # What FastAPI says of a body that is no text. One that is text and no JSON is a 422 already.
        part = InvalidPart(location="body", detail="the body cannot be read; send JSON in UTF-8")
        return problems.response(problems.INVALID, part.detail, errors=[part])
    kind = _BY_STATUS.get(error.status_code)
    if kind is None:
        kind = Kind("", error.status_code, error.detail, "")
    headers = error.headers
    if error.status_code == 405 and (allowed := _allowed(request)):
        headers = {**(headers or {}), "Allow": allowed}
    where = f"{request.method} {request.url.path}"
    detail = f"{where} is not part of this API" if error.status_code in {404, 405} else error.detail
    return problems.response(kind, detail, headers=headers)


def _allowed(request: Request) -> str:
    """Return what a path takes: several routes may share it, and the router names the methods of the first alone."""
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]
    asked = ({**request.scope, "method": method} for method in _METHODS)
    return ", ".join(one["method"] for one in asked if any(route.matches(one)[0] is Match.FULL for route in routes))


async def _on_database(_: Request, error: Exception) -> JSONResponse:
    _LOG.warning("database unavailable: %s", error)
    return problems.response(problems.UNAVAILABLE, "the database does not answer", headers={"Retry-After": "5"})


async def _on_slow(_: Request, error: Exception) -> JSONResponse:
    _LOG.warning("a statement took too long: %s", error)
    detail = "the database takes too long for this; ask for less at once, or again later"
    return problems.response(problems.UNAVAILABLE, detail, headers={"Retry-After": "5"})


async def _on_data(request: Request, error: Exception) -> JSONResponse:
    # What no route foresaw and the database cannot hold: a text with a NUL in it, a number outside its range.
    _LOG.info("a value the database cannot hold: %s", error)
    where = "query" if request.method == "GET" else "body"
    unknown = [InvalidPart(location=where, detail="a value is outside what can be kept")]
    parts = await unkeepable_parts(request) or unknown
    return problems.response(problems.INVALID, _summed_up(parts), errors=parts)


async def _on_unencodable(request: Request, error: Exception) -> JSONResponse:
    # Half a surrogate pair, which JSON can say. Where none was said, something is wrong here.
    parts = await unkeepable_parts(request)
    if not parts:
        raise error
    return problems.response(problems.INVALID, _summed_up(parts), errors=parts)

"""Sparse answers: `fields=id,vehicle.name` leaves out of an answer in JSON what was not asked for.

What is left out is never turned into JSON at all: on a list of a thousand trips of which three fields are shown, that
is most of the work. The one place where it is done: every route of a feature is a `SparseRoute`.
"""

from collections.abc import Callable, Coroutine, Iterator
from copy import copy
from functools import cached_property, lru_cache
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from keitora_api import problems
from keitora_api.problems import InvalidPart, ProblemError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Include = dict[str, Any]

_ITEMS: Final = "items"
_LONGEST: Final = 4000
_KEPT: Final = 64
"""So many different choices of fields are remembered for each route: a page asks for the same again and again."""


class SparseRoute(APIRoute):
    """A route that takes `fields`, if it is read by GET and answers with a model."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if self.known_fields:
            said = _parameter(self.known_fields, is_list=is_list(self.response_model))
            extra = self.openapi_extra or {}
            self.openapi_extra = {**extra, "parameters": [*extra.get("parameters", ()), said]}

    @cached_property
    def known_fields(self) -> tuple[str, ...]:
        """Return the fields that may be asked for; none of what is not read, or has no model."""
        return known_fields(self.response_model) if self.methods == {"GET"} else ()

    def get_route_handler(self) -> Handler:
        """Return what answers a request: as ever, or with a part of the model."""
        whole = super().get_route_handler()
        if not self.known_fields:
            return whole

        @lru_cache(_KEPT)
        def partly(asked: frozenset[str]) -> Handler:
            narrowed = copy(self)
            narrowed.response_model_include = included(asked, self.response_model)
            return super(SparseRoute, narrowed).get_route_handler()

        async def handler(request: Request) -> Response:
            asked = chosen_fields(request.query_params.getlist("fields"), self.known_fields)
            return await (partly(asked) if asked else whole)(request)

        return handler


def chosen_fields(said: list[str], known: tuple[str, ...]) -> frozenset[str]:
    """Return the fields that are asked for; none if nothing is. Raises a 400 problem for one that is not known."""
    words = frozenset(word.strip() for text in said for word in text[:_LONGEST].split(",") if word.strip())
    unknown = sorted(words.difference(known))
    if unknown:
        detail = f"there is no field {', '.join(word[:60] for word in unknown)}; there are: {', '.join(known)}"
        raise ProblemError(problems.UNKNOWN_FIELD, detail, [InvalidPart(location="query.fields", detail=detail)])
    return words


def known_fields(model: Any) -> tuple[str, ...]:
    """Return the fields that may be asked for, nested ones as `vehicle.name`; none for what is no model.

    Of a list they are those of its items: what stands around the items is always there.
    """
    row = row_of(model)
    return () if row is None else tuple(_paths(row, frozenset()))


def is_list(model: Any) -> bool:
    """Tell whether an answer is a list of items."""
    return row_of(model) is not model


def row_of(model: Any) -> type[BaseModel] | None:
    """Return the model whose fields are chosen: of a list its items', else the answer's own."""
    found = _model_in(model)
    if found is None or _ITEMS not in found.model_fields:
        return found
    return _model_in(found.model_fields[_ITEMS].annotation) or found


def included(asked: frozenset[str], model: Any) -> Include:
    """Return what pydantic is to include of an answer."""
    wanted: Include = {}
    # The shorter name first: who asks for `vehicle` has asked for `vehicle.name`.
    for name in sorted(asked):
        _add(wanted, name.split("."))
    answer = _model_in(model)
    if answer is None or not is_list(answer):
        return wanted
    return {name: {"__all__": wanted} if name == _ITEMS else True for name in answer.model_fields}


def _add(wanted: Include, path: list[str]) -> None:
    first, *rest = path
    if not rest:
        wanted[first] = True
    elif wanted.get(first) is not True:
        _add(wanted.setdefault(first, {}), rest)


def _paths(model: type[BaseModel], above: frozenset[type[BaseModel]]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        below = _model_in(field.annotation)
        # Rows of a list inside a row are told whole.
        if below is not None and below not in above and get_origin(field.annotation) is not list:
            yield from (f"{name}.{deeper}" for deeper in _paths(below, above | {model}))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {list, Union, UnionType}:
        found = [one for one in map(_model_in, get_args(annotation)) if one is not None]
        return found[0] if len(found) == 1 else None
    return None


def _parameter(known: tuple[str, ...], *, is_list: bool) -> dict[str, Any]:
    whose = "of each item" if is_list else "of the answer"
    return {
        "name": "fields",
        "in": "query",
        "required": False,
        "description": f"Only these fields {whose}, comma-separated or repeated; nothing for all",
        "style": "form",
        "explode": False,
        "schema": {"type": "array", "items": {"type": "string", "enum": list(known)}},
        "example": list(known[:2]),
    }

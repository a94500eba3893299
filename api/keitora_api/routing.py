"""What every route of a feature can do, whatever it answers, and how the route of a request is found."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.routing import Route as PlainRoute
from starlette.types import Receive, Scope, Send

from keitora_api import problems
from keitora_api.description.names import operation_id
from keitora_api.fields import SparseRoute
from keitora_api.idempotency.once import RepeatableRoute
from keitora_api.visiting import VisitedRoute

_ALWAYS: Final = problems.documented(problems.UNAUTHORIZED, problems.INVALID, problems.UNEXPECTED, problems.UNAVAILABLE)


class Route(VisitedRoute, SparseRoute, RepeatableRoute):
    """A route of `/v1`."""


def feature(*tags: str) -> APIRouter:
    """Return a router for a feature's routes under `/v1`."""
    return APIRouter(
        prefix="/v1",
        tags=list(tags),
        route_class=Route,
        responses=_ALWAYS,
        generate_unique_id_function=operation_id,
    )


class Index(BaseRoute):
    """Finds a request's route by the second part of its path and the number of parts, instead of trying all in turn.

    What it does not find is left to the routes behind it: another method, no route at all, an application that is
    mounted somewhere. Among those it tries the first that fits counts, as ever.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._by_shape: dict[tuple[str, int], list[PlainRoute]] = {}
        for route in routes:
            # A part of a path that is a variable has no place in the index; one that may hold slashes neither.
            if isinstance(route, PlainRoute) and "{" not in _shape(route.path)[0] and ":path}" not in route.path:
                self._by_shape.setdefault(_shape(route.path), []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return the route that fits wholly, in the scope's `route`."""
        if scope["type"] == "http" and not scope.get("root_path"):
            for route in self._by_shape.get(_shape(scope["path"]), ()):
                match, child_scope = route.matches(scope)
                if match is Match.FULL:
                    return match, {"route": route, **child_scope}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the route that was found."""
        route: PlainRoute = scope["route"]
        await route.handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        """Leave that to the routes behind."""
        raise NoMatchFound(name, path_params)


def _shape(path: str) -> tuple[str, int]:
    parts = path.split("/", 3)
    return parts[2] if len(parts) > 2 else parts[-1], path.count("/")

"""What a request has begun and its route ends: the connection of a visit.

FastAPI's dependencies that yield do the same and cost a simple request a tenth of its time.
"""

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

_ENDINGS: Final = "keitora.endings"


class VisitedRoute(APIRoute):
    """A route that ends what its dependencies have begun, as soon as it has its answer and before that is sent.

    A slow phone must not hold a database connection.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        whole = super().get_route_handler()

        async def handler(request: Request) -> Response:
            async with AsyncExitStack() as endings:
                request.scope[_ENDINGS] = endings
                return await whole(request)

        return handler


def endings_of(request: Request) -> AsyncExitStack:
    """Return what the request's route will end. Raises KeyError where the route is no VisitedRoute."""
    endings: AsyncExitStack = request.scope[_ENDINGS]
    return endings

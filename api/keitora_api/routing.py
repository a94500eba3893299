"""What every route of a feature can do, whatever it answers: sparse answers, and writes that may be repeated."""

from fastapi import APIRouter

from keitora_api.fields import SparseRoute
from keitora_api.idempotency.once import RepeatableRoute


class Route(SparseRoute, RepeatableRoute):
    """A route of `/v1`."""


def feature(*tags: str) -> APIRouter:
    """Return a router for a feature's routes under `/v1`."""
    return APIRouter(prefix="/v1", tags=list(tags), route_class=Route)

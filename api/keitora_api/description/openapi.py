"""The description of the API for people and programs."""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Any, Final, get_args

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from keitora_api.description.answers import add_problems
from keitora_api.description.examples import complete
from keitora_api.problems import Problem
from keitora_api.rights import NOBODY_ASKED, RIGHTS

_DESCRIPTION: Final = """\
Where the trucks are, what they did, what it took. One door for Grafana, phones and other programs.

* **Signing in.** People sign in with `POST /v1/session`; programs have a key, made in the settings or by
  `keitora key create`. Send a key or a session's token as `Authorization: Bearer …`, a key also as `X-API-Key: kt_…`.
  Either opens one fleet and nothing of any other.
* **Roles.** A `manager` does everything. A `viewer` (a key for Grafana) reads what the fleet's trucks did, and changes
  nothing. A `driver` sees the trucks, where they are and what is the matter with them, his own trips and those nobody
  has claimed, and the fill-ups he has typed; no sums, and nobody else's trips.
* **Times** are RFC 3339 in UTC. Days, weeks and months are the fleet's own: every list names its `time_zone`.
  `from` is inclusive, `to` exclusive. A date, as `local_date`, is the fleet's.
* **Pages**: a list answers `{"items": […], "next_cursor": …}`. Pass `next_cursor` as `cursor`, with all else as it was,
  until it is null. On lists that are always whole it is null from the beginning.
* **Null** means not known. It never stands for zero, nor zero for it.
* **Units** are in the names: `_km`, `_kmh`, `_l`, `_s`, `_h`, `_m`, `_m2`, `_v`, `_c` (°C), `_kwh`, `_kg`, `_deg`,
  `_pct` (0 to 100), `_ratio` (a share, 0 to 1); `_count` is a number of things. An episode and a signal name their own
  `unit`.
* **Money**: what people have typed (`total_price`, and what stands in `/v1/prices` and `/v1/tariffs`) comes as text
  with its decimals, as `"4942.00"`, so that no cent is lost; what is worked out (`cost`, `cost_per_km`, and what
  stands in `/v1/rates`) as a number. Without a `currency` beside it it is in the fleet's, which `GET /v1/fleet` tells.
* **Where**: `position` is a point (`lat`, `lon`, WGS 84), and so are a trip's `start` and `end`; `place`, `start_place`
  and `end_place` are places that the fleet has named.
* **Numbers and names**: an `id` of a trip or an episode is text, and changes if late samples move its begin; all others
  are numbers that stay. `vehicle` is `{"id", "name"}`; what people enter names its truck by `vehicle_id` alone.
* **Miles and gallons**: with `units=us` numbers that end in `_km`, `_kmh`, `_l`, `_m`, `_temp_c`, `km_per_l`,
  `l_per_100km`, `_per_km`, `_per_l` come as `_mi`, `_mph`, `_gal`, `_ft`, `_temp_f`, `mi_per_gal`, `gal_per_100mi`,
  `_per_mi`, `_per_gal`; values beside a `unit` change with it. Counts by name, prices as text and GeoJSON stay.
* **Errors** are `application/problem+json` (RFC 9457); `type` is stable and can be opened.
* **Fewer fields**: `fields=id,vehicle.name` tells only these, of each item of a list.
* **Repeated writes**: send an `Idempotency-Key`; the same request with the same key counts once, for a week.
* **Busy**: 503 and 429 bring `Retry-After` (s). A connection that waits may be closed at any time; ask on a new one.
* **Data volume.** Answers under `/v1` carry an `ETag`; send it back as `If-None-Match`. They are compressed on request.
"""

_TAGS: Final = [
    {
        "name": "people",
        "description": "Signing in, people, their sessions, one-time links, keys, the log of changes.",
    },
    {"name": "fleet", "description": "The fleet of who asks."},
    {"name": "vehicles", "description": "Its trucks."},
    {"name": "positions", "description": "Where they are now."},
    {"name": "trips", "description": "What they did: trips and tracks."},
    {"name": "episodes", "description": "What was wrong with them, with its evidence; the 12 V batteries."},
    {"name": "entries", "description": "What people say of trips: purpose, driver, note; merge, split, correct; undo."},
    {"name": "places", "description": "Places the fleet has named, and visits to them."},
    {"name": "fill-ups", "description": "What was put into the tanks, and what looks mistyped."},
    {"name": "upkeep", "description": "Work that comes round: inspection, oil, tyres; what is due and what was done."},
    {"name": "quality", "description": "How well the devices deliver; what could not be read."},
    {"name": "search", "description": "Find trucks, places, drivers and notes by a word."},
    {"name": "exports", "description": "Files to keep: CSV, XLSX, GPX, GeoJSON."},
    {"name": "electric", "description": "Electric trucks: charges, batteries, tariffs."},
    {"name": "money", "description": "What a litre and a kilowatt-hour cost and stand for."},
    {"name": "statistics", "description": "What it took: sums over the fleet's days, weeks and months."},
    {"name": "service", "description": "Whether the service works. `/healthz` and `/metrics` need no key."},
]

_DOORS: Final = {
    "bearer": {"type": "http", "description": "A key, `kt_…`, or a session's token, `ks_…`", "scheme": "bearer"},
    "header": {
        "type": "apiKey",
        "description": "A key, for clients without Bearer",
        "in": "header",
        "name": "X-API-Key",
    },
    "cookie": {
        "type": "apiKey",
        "description": "A session's token, of our pages",
        "in": "cookie",
        "name": "__Host-keitora",
    },
}
"""The ways a token may come (`auth.presented_token`); any one of them will do."""


def describe(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Give the application, whose routes come from `routers`, its OpenAPI description; made when first asked for."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _made(app, routers)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way


def _made(app: FastAPI, routers: Sequence[APIRouter]) -> dict[str, Any]:
    schema = get_openapi(
        title="Keitora API", version=app.version, description=_DESCRIPTION, routes=app.routes, tags=_TAGS
    )
    schemas = schema["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for name, examples in _examples(routers):
        schemas[name]["examples"] = examples
    complete(schemas)
    for path, told in schema["paths"].items():
        for method, operation in told.items():
            add_problems(method.upper(), path, operation)
            if RIGHTS.get(f"{method.upper()} {path}") is not NOBODY_ASKED:
                operation["security"] = [{name: []} for name in _DOORS]
    schema["components"]["securitySchemes"] = _DOORS
    # FastAPI's own shape of a 422, which is never sent.
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return schema


def _examples(routers: Sequence[APIRouter]) -> Iterator[tuple[str, list[Any]]]:
    # FastAPI drops every null of a schema, but in an example a null says: not known.
    answers = (getattr(route, "response_model", None) for router in routers for route in router.routes)
    for model in _models(answers, set()):
        said = model.model_config.get("json_schema_extra")
        examples = said.get("examples") if isinstance(said, dict) else None
        if isinstance(examples, list):
            yield model.__name__, deepcopy(examples)


def _models(annotations: Iterable[Any], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """Yield the models among types and their parts, each once."""
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if annotation not in seen:
                seen.add(annotation)
                yield annotation
                yield from _models((field.annotation for field in annotation.model_fields.values()), seen)
        else:
            yield from _models(get_args(annotation), seen)

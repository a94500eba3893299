"""Requests made up from nothing but the API's own description: what is answered is what the description says.

Good requests and bad ones, to every route, as each role that may use it; the same on each run. By hand and longer:
`./keitora test tests/api/test_outside.py --outside-examples 50`, with `--outside-seed` for others.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import hypothesis
import psycopg
import pytest
import requests
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from pydantic import SecretStr
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import positive_data_acceptance, response_schema_conformance

from keitora.fleets.model import Role
from keitora_api.app import create_app
from keitora_api.rights import NOBODY_ASKED, RIGHTS, may
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, add_world
from tests.api.walk import fill_every_table, ids_of

NOT_ASKED: Final = {
    "GET /v1/positions/stream": "never ends; test_position_stream.py",
    "GET /v1/vehicles/{vehicle_id}/samples.parquet": "a 501 where the library is not installed; test_signals.py",
    "GET /metrics": "text of Prometheus's own format; test_http.py",
}
NO_BAD_ONES: Final = {
    "/healthz": "takes nothing that could be bad",
    "{trip_id}": "a text that keeps to no pattern is made up too seldom in a path; test_hostile_values.py has them",
    "{episode_id}": "the same",
}
"""Of these routes only good requests are asked: of bad ones schemathesis gives up before it has one."""
SAID_IN_WORDS: Final = {
    "query.from": "so many days before `to` at most, where each is counted",
    "query.to": "not before `from`",
    "query.cursor": "only as `next_cursor` gave it",
    "query.fields": "names of fields differ from answer to answer",
    "query.signal": "1 to 12 of them, and a span that goes with the number of points",
    "query.bucket": "a word or an interval as Grafana writes it",
    "query.group_by": "goes with some buckets only",
    "query.place": "goes with `group_by=place` only",
    "query.kind": "names of kinds of episodes",
    "body": "at least one of several fields",
    "body.items": "rows that mean things of the fleet",
    "body.time_zone": "the names of the IANA database",
    "body.driver_name": "goes with the role `driver`",
    "body.driver_id": "goes with the role `driver`",
    "body.geometry": "what GeoJSON says, and no border that crosses itself",
    "body.features": "what GeoJSON says",
    "body.total_price": "two decimals at most: a schema cannot count those of a binary number",
    "body.price_per_l": "four decimals at most",
    "body.tax_per_l": "four decimals at most",
    "body.otherwise_per_kwh": "four decimals at most",
    "body.bands": "four decimals at most",
    "body.read_at": "a reading lies in the past",
    "body.at": "a trip is split at a time inside it",
    "body.started_at": "a trip begins before it ends",
    "body.ended_at": "a trip begins before it ends",
}
"""Rules that a schema cannot hold: a request that breaks one of them is refused though it keeps to the schema."""
USED_KEY: Final = "/problems/key-reused"
"""Made-up `Idempotency-Key`s are short and come again with another body, which is refused: test_idempotency.py."""
ROLES: Final[tuple[Role, ...]] = ("manager", "driver", "viewer")
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")


def asked(role: Role) -> list[str]:
    """Return what a role is asked to try: what it may, and as a manager what everybody may."""
    return [
        operation
        for operation in sorted(set(RIGHTS) - set(NOT_ASKED))
        if (role == "manager" if RIGHTS[operation] is NOBODY_ASKED else may(role, *operation.split()))
    ]


def modes(path: str) -> tuple[GenerationMode, ...]:
    good = GenerationMode.POSITIVE
    return (good,) if any(part in path for part in NO_BAD_ONES) else (good, GenerationMode.NEGATIVE)


# schemathesis takes the numbers of its own examples from `random`, which Hypothesis seeds.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
@pytest.mark.timeout(7200)  # of a long run by hand; the suite's is a matter of seconds
@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_as_described(
    api_database: str, conn: psycopg.Connection, request: pytest.FixtureRequest, role: Role
) -> None:
    count, seed = (request.config.getoption(f"--outside-{name}") for name in ("examples", "seed"))
    app = create_app(ServiceSettings(database_url=SecretStr(api_database), database_pool_size=4), clock=lambda: NOW)
    described = describe(app)
    wrong: list[str] = []
    world = fill_every_table(conn, add_world(conn, f"{role} from outside"))
    with served(app) as session:
        for operation in asked(role):
            method, path = operation.split()
            ids = ids_of(conn, world)
            for mode in modes(path):
                cases = described[path][method].as_strategy(generation_mode=mode)
                check = given(case=cases)(judging(mode, session, world.headers(role), ids))
                try:
                    bounded(count, seed)(check)()
                except (FailureGroup, Failure, hypothesis.errors.Flaky, hypothesis.errors.Unsatisfiable) as found:
                    wrong.append(f"{operation}, {mode.value}: {told(found)}")
            if method != "GET":
                world = fill_every_table(conn, add_world(conn, f"{role}: after {operation}"))
    assert not wrong, "\n".join(wrong)


def test_what_no_route_has_is_a_405_that_names_what_it_has(app: FastAPI, client: TestClient) -> None:
    routes = app.openapi()["paths"]
    for template in routes:
        path = re.sub(r"\{\w+\}", "1", template)
        has = {method.upper() for one, methods in routes.items() if is_path_of(one, path) for method in methods}
        for method in sorted(set(METHODS) - has):
            answer = client.request(method, path)

            assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed"), (method, path)
            assert set(answer.headers["allow"].split(", ")) == has, (method, path)


def is_path_of(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None


def describe(app: FastAPI) -> schemathesis.BaseSchema:
    """Return what schemathesis reads from the description. No text it makes up holds a NUL: test_hostile_values.py."""
    # The service gives a request up by itself, with an answer to judge; this waits long enough to see it.
    config = SchemathesisConfig.from_dict({"generation": {"allow-x00": False}, "request-timeout": 60})
    described = schemathesis.openapi.from_dict(app.openapi(), config=config)
    described.app = app
    return described


@contextmanager
def served(app: FastAPI) -> Iterator[requests.Session]:
    """Yield what asks the application in this process. schemathesis leaves the pipes to a stopped one open."""
    try:
        with asgi.get_client(app) as session:  # type: ignore[arg-type] # a dict is a mutable mapping
            yield session
    finally:
        started = list(asgi._LIFESPANS.values())
        asgi.shutdown_lifespans()
        for one in started:
            one.portal.call(one.receive_stream.aclose)
            one.portal.call(one.send_stream.aclose)


def bounded(examples: int, seed: int) -> Callable[[Any], Any]:
    """Return what makes a check ask so often, and the same whenever and wherever it runs."""
    phases = [Phase.explicit, Phase.generate]
    checks = list(HealthCheck)
    plain = settings(max_examples=examples, database=None, phases=phases, suppress_health_check=checks, deadline=None)
    return lambda check: hypothesis.seed(seed)(plain(check))


def judging(
    mode: GenerationMode, session: requests.Session, headers: dict[str, str], ids: dict[str, Any]
) -> Callable[[Case[Any]], None]:
    """Return what asks, and compares the answer with the description. Good requests mean things that are there."""

    def check(case: Case[Any]) -> None:
        if mode is GenerationMode.POSITIVE:
            name_what_is_there(case, ids)
        answer = case.call(session=session, headers=headers)
        session.cookies.clear()  # one request's are not the next one's
        excluded: list[Any] = [positive_data_acceptance] if is_said_in_words(answer) else []
        if "fields" in (case.query or {}):
            excluded.append(response_schema_conformance)  # a part of the answer was asked for; test_fields.py
        transport = {"session": session, "headers": headers}
        case.validate_response(answer, headers=headers, excluded_checks=excluded, transport_kwargs=transport)

    return check


def name_what_is_there(case: Case[Any], ids: dict[str, Any]) -> None:
    for name in set(case.path_parameters or ()) & set(ids):
        case.path_parameters[name] = ids[name]
    if isinstance(case.body, dict) and "vehicle_id" in case.body:
        case.body["vehicle_id"] = ids["vehicle_id"]


def is_said_in_words(answer: schemathesis.Response) -> bool:
    """Tell whether a good request was refused for rules that no schema holds, and names them."""
    if answer.status_code != 422:
        return False
    problem = answer.json()
    parts = [part["location"] for part in problem.get("errors") or []]
    is_known = bool(parts) and all(any(is_part(part, known) for known in SAID_IN_WORDS) for part in parts)
    return is_known or problem["type"] == USED_KEY


def is_part(location: str, known: str) -> bool:
    return location == known or (known != "body" and location.startswith(f"{known}."))


def told(found: BaseException) -> str:
    """Return what was found, with what lies within."""
    within = "".join(f"\n{told(one)}" for one in getattr(found, "exceptions", ()))
    return f"{found}{within}"

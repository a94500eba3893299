"""Push, pull and every panel's query against a Grafana that runs: this machine's own where there is one.

Where there is none, the small Grafana of the tests is started in its place, as a program and in the same way: only
Grafana itself is left untried then. KEITORA_SCREENSHOTS names a folder that keeps what the dashboards look like.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from keitora.errors import SetupError
from keitora.local import grafana, grafana_api
from keitora.local.testing import TemporaryGrafana, TemporaryPostgres, temporary_grafana
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from keitora_dashboards.alerts.rules import rules
from keitora_dashboards.catalogue import dashboards as made_dashboards
from keitora_dashboards.commands import dashboards
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.variables import DATASOURCE_UID
from tests.api.builders import NOW, World
from tests.api.serving import served
from tests.browser import DESK, browser
from tests.dashboards.conftest import API_PASSWORD
from tests.dashboards.infinity import Asked, Json, ask, frame, plain
from tests.dashboards.stand_in import basic, make_home
from tests.dashboards.test_queries import ASKED

pytestmark = pytest.mark.timeout(600)
DASHBOARDS = made_dashboards()
ENGLISH = [one for one in DASHBOARDS if one.reader.language == "en"]
WEBHOOK = ("--alert-webhook", "http://127.0.0.1:9/hook")


@dataclass(frozen=True)
class Shown:
    """A Grafana with our dashboards, and the API it reads."""

    grafana: TemporaryGrafana
    token: str
    api: httpx2.Client
    key: str
    asked: Asked

    def run(self, action: str, *words: str) -> int:
        """Run `keitora dashboards ACTION` against it."""
        where = ["--url", self.grafana.url, "--token", self.token]
        how = ["--api-url", str(self.api.base_url).rstrip("/"), "--api-key", self.key, *WEBHOOK]
        return dashboards([action, *where, *how, *words])

    def get(self, path: str) -> Any:
        answer = httpx2.get(f"{self.grafana.url}{path}", headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()


def server_of(kind: str, folder: Path) -> grafana.GrafanaServer:
    """Return the Grafana of that kind; the test is skipped, saying what is missing, where there is no real one."""
    if kind == "stand-in":
        home = make_home(folder / "home")
        return grafana.GrafanaServer(home / "bin" / "grafana", home, "0", home / "data" / "plugins")
    try:
        real = grafana.find(folder)
    except SetupError as error:
        pytest.skip(str(error))
    if real is None:
        pytest.skip("no Grafana: neither `grafana` on the PATH nor KEITORA_GRAFANA_HOME, nor one in /usr/share/grafana")
    return real


@pytest.fixture(scope="module", params=["stand-in", "real"])
def shown(request: pytest.FixtureRequest, server: TemporaryPostgres, fleet: World) -> Iterator[Shown]:
    # Not tmp_path: started by root, Grafana runs as somebody else.
    with tempfile.TemporaryDirectory(prefix="keitora-grafana-") as folder:
        Path(folder).chmod(0o755)
        found = server_of(request.param, Path(folder))
        settings = ServiceSettings(
            database_url=SecretStr(server.allow_login("keitora_api", API_PASSWORD)), database_pool_size=4
        )
        with (
            served(create_app(settings, clock=lambda: NOW)) as api_url,
            httpx2.Client(base_url=api_url) as api,
            # The Python of these tests may be root's alone.
            temporary_grafana(found, as_ourselves=request.param == "stand-in") as running,
        ):
            token = grafana_api.make_token(running.url, running.password)
            key = fleet.keys["viewer"]
            trip = api.get("/v1/trips?vehicle=1&limit=1", headers={"X-API-Key": key}).json()["items"][0]["id"]
            asked = Asked(ASKED.since, ASKED.until, truck=str(fleet.trucks[0].vehicle_id), trip=trip)
            made = Shown(running, token, api, key, asked)
            assert made.run("push") == 0
            yield made


def test_a_second_push_changes_nothing_and_nothing_differs(shown: Shown, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown.run("push") == 0
    assert "nothing to change" in capsys.readouterr().out
    assert shown.run("diff") == 0


def test_what_is_pulled_is_what_was_pushed(shown: Shown, tmp_path: Path) -> None:
    assert shown.run("pull", "--to", str(tmp_path)) == 0

    pulled = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()}
    assert pulled.keys() == {one.uid for one in DASHBOARDS}
    for one in DASHBOARDS:
        wanted = one.as_json()
        assert [panel["title"] for panel in pulled[one.uid]["panels"]] == [panel["title"] for panel in wanted["panels"]]


def test_what_a_person_changed_is_seen_and_set_right(shown: Shown, capsys: pytest.CaptureFixture[str]) -> None:
    kept = shown.get("/api/dashboards/uid/fleet-trips")["dashboard"]
    kept["panels"][0]["title"] = "Mine"
    httpx2.post(
        f"{shown.grafana.url}/api/dashboards/db",
        json={"dashboard": kept, "folderUid": "fleet", "overwrite": True},
        headers={"Authorization": f"Bearer {shown.token}"},
    ).raise_for_status()

    assert shown.run("diff") == 1
    assert shown.run("push") == 0
    assert shown.run("diff") == 0

    assert "dashboard fleet-trips: differs in panels[0].title" in capsys.readouterr().out


def test_alerts_are_there_go_to_the_contact_point_and_may_be_changed_by_people(shown: Shown) -> None:
    (contact,) = [one for one in shown.get("/api/v1/provisioning/contact-points") if one["name"] == "Keitora"]
    assert contact["settings"]["url"] == WEBHOOK[1]

    for rule in rules():
        found = shown.get(f"/api/v1/provisioning/alert-rules/{rule.uid}")
        assert found["notification_settings"]["receiver"] == "Keitora"
        assert not found.get("provenance")


def filled(target: Json, asked: Asked) -> Json:
    """Return a query as the browser sends it: variables are filled in there, times by the plugin."""
    made: Json = json.loads(asked.choose(json.dumps(target).replace("${datasource}", DATASOURCE_UID)))
    return made


@pytest.mark.parametrize("dashboard", [pytest.param(one, id=one.uid) for one in ENGLISH])
def test_every_panel_is_answered_as_our_tests_say_it_is(shown: Shown, dashboard: Dashboard) -> None:
    rows_too = [one for panel in dashboard.as_json()["panels"] for one in (panel, *panel.get("panels", []))]
    for panel in rows_too:
        for target in panel.get("targets", []):
            body = {
                "from": str(round(shown.asked.since.timestamp() * 1000)),
                "to": str(round(shown.asked.until.timestamp() * 1000)),
                "queries": [{**filled(target, shown.asked), "intervalMs": 60_000, "maxDataPoints": 500}],
            }
            answer = httpx2.post(
                f"{shown.grafana.url}/api/ds/query",
                json=body,
                headers={"Authorization": f"Bearer {shown.token}"},
                timeout=30,
            )
            assert answer.status_code == 200, f"{panel['title']}: {answer.text}"

            found = answer.json()["results"][target["refId"]]["frames"][0]
            expected = frame(target, ask(shown.api, target, shown.asked, {"X-API-Key": shown.key}))
            assert [one["name"] for one in found["schema"]["fields"]] == [field.name for field in expected], panel[
                "title"
            ]
            if "/v1/service" not in target["url"]:  # which tells of this very moment
                assert found["data"]["values"] == [plain(field) for field in expected], panel["title"]


def test_nobody_comes_in_without_the_password(shown: Shown) -> None:
    for headers in ({}, basic("admin"), {"Authorization": "Bearer glsa_guessed"}):
        assert httpx2.get(f"{shown.grafana.url}/api/dashboards/uid/fleet-trips", headers=headers).status_code == 401


def test_another_start_finds_everything_and_the_account_once(shown: Shown) -> None:
    shown.grafana.restart()

    assert grafana_api.is_valid(shown.grafana.url, shown.token)
    assert shown.run("diff") == 0
    again = grafana_api.make_token(shown.grafana.url, shown.grafana.password)
    assert grafana_api.is_valid(shown.grafana.url, again)
    accounts = shown.get("/api/serviceaccounts/search?perpage=10&page=1&query=keitora")["serviceAccounts"]
    assert [one["name"] for one in accounts] == ["keitora"]


def test_a_changed_password_is_told(shown: Shown) -> None:
    with pytest.raises(SetupError, match="KEITORA_GRAFANA_TOKEN"):
        grafana_api.make_token(shown.grafana.url, "no longer this one")


@pytest.mark.slow
def test_every_dashboard_is_drawn_in_a_browser_without_an_error(shown: Shown, tmp_path: Path) -> None:
    keep = Path(os.environ.get("KEITORA_SCREENSHOTS") or tmp_path)
    keep.mkdir(parents=True, exist_ok=True)
    times = "&".join(
        f"{name}={round(at.timestamp() * 1000)}"
        for name, at in (("from", shown.asked.since), ("to", shown.asked.until))
    )
    login = json.dumps({"user": grafana.ADMIN, "password": shown.grafana.password})
    with browser() as page:
        page.size(*DESK)
        page.open(f"{shown.grafana.url}/login")
        page.wait("document.readyState === 'complete'")
        status = page.run(
            f"fetch('/login', {{method: 'POST', headers: {{'Content-Type': 'application/json'}}, "
            f"body: {json.dumps(login)}}}).then(answer => answer.status)"
        )
        assert status == 200
        for one in DASHBOARDS:
            chosen = f"var-truck={shown.asked.truck}&var-trip={shown.asked.trip}"
            page.open(f"{shown.grafana.url}/d/{one.uid}?kiosk&{times}&{chosen}")
            page.wait(f"document.title.startsWith({json.dumps(one.title)}) && document.querySelector('section')")
            # Grafana's own mark of a panel whose query or drawing failed.
            failed = page.run("document.querySelectorAll('[data-testid=\"data-testid Panel status error\"]').length")
            page.screenshot(keep / f"{one.uid}.png")
            assert failed == 0, one.uid
            assert (keep / f"{one.uid}.png").stat().st_size > 1000

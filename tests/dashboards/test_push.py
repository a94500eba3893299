"""`keitora dashboards push` against a small Grafana."""

import copy
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from keitora.errors import SetupError
from keitora_dashboards.alerts.rules import rules
from keitora_dashboards.catalogue import dashboards as made_dashboards
from keitora_dashboards.commands import dashboards
from keitora_dashboards.reader import Reader
from tests.dashboards.fake_grafana import TOKEN, FakeGrafana, answering, running

API = "http://api:8080"
KEY = "kt_for-tests"
# Else the API is asked, and none runs here.
FLEET = ("--currency", "JPY", "--time-zone", "Asia/Tokyo")


@pytest.fixture
def grafana() -> Iterator[FakeGrafana]:
    with running(FakeGrafana()) as grafana:
        yield grafana


def push(grafana: FakeGrafana, *words: str, token: str = TOKEN, key: str | None = KEY, wait: str = "0") -> int:
    with_key = ["--api-key", key] if key else []
    return dashboards(
        ["push", "--url", grafana.url, "--token", token, "--api-url", API, "--wait", wait, *with_key, *FLEET, *words]
    )


def test_a_new_grafana_gets_folder_data_source_and_dashboards(
    grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]
) -> None:
    assert push(grafana) == 0

    made = grafana.datasources["keitora"]
    assert grafana.folders["fleet"]["title"] == "Keitora"
    assert (made["url"], made["access"], made["type"]) == (API, "proxy", "yesoreyeram-infinity-datasource")
    assert made["jsonData"]["allowedHosts"] == [API]
    assert made["jsonData"]["apiKeyKey"] == "X-API-Key"
    assert made["jsonData"]["customHealthCheckUrl"] == f"{API}/v1/fleet"
    assert grafana.secrets["keitora"] == {"apiKeyValue": KEY}
    assert KEY not in str(made)
    assert set(grafana.dashboards) == {dashboard.uid for dashboard in made_dashboards()}
    assert all(kept["meta"]["folderUid"] == "fleet" for kept in grafana.dashboards.values())
    assert f"{2 + len(made_dashboards()) + len(rules())} changed" in capsys.readouterr().out


def test_the_second_push_changes_nothing_and_says_so(grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]) -> None:
    push(grafana)
    before = copy.deepcopy((grafana.folders, grafana.datasources, grafana.dashboards))
    grafana.requests.clear()
    capsys.readouterr()

    assert push(grafana) == 0

    assert grafana.writes == []
    assert (grafana.folders, grafana.datasources, grafana.dashboards) == before
    assert capsys.readouterr().out == f"Grafana reads the API\nnothing to change at {grafana.url}\n"


def test_nothing_is_ever_asked_for_by_number_or_deleted(grafana: FakeGrafana) -> None:
    push(grafana)
    grafana.dashboards["fleet-overview"]["dashboard"]["title"] = "Mine"
    push(grafana)

    assert {method for method, _ in grafana.requests} <= {"GET", "POST", "PUT"}
    assert not [path for _, path in grafana.requests if path.rsplit("/", 1)[-1].isdigit()]


def test_what_someone_changed_is_set_right_and_what_is_theirs_stays(
    grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]
) -> None:
    push(grafana)
    grafana.folders["fleet"]["title"] = "Trucks"
    grafana.folders["other"] = {"uid": "other", "title": "Weather"}
    grafana.dashboards["rain"] = {"dashboard": {"uid": "rain"}, "meta": {"folderUid": "other"}}
    grafana.dashboards["fleet-overview"]["dashboard"]["panels"][0]["title"] = "?"
    grafana.dashboards["fleet-overview-ja"]["meta"]["folderUid"] = "other"
    grafana.datasources["keitora"]["jsonData"] |= {"timeoutInSeconds": 5, "tlsSkipVerify": True}
    capsys.readouterr()

    assert push(grafana) == 0

    assert grafana.folders["fleet"]["title"] == "Keitora"
    assert grafana.folders["other"]["title"] == "Weather"
    assert grafana.dashboards["rain"] == {"dashboard": {"uid": "rain"}, "meta": {"folderUid": "other"}}
    assert grafana.dashboards["fleet-overview"]["dashboard"]["panels"][0]["title"] == "Distance"
    assert grafana.dashboards["fleet-overview-ja"]["meta"]["folderUid"] == "fleet"
    assert grafana.datasources["keitora"]["jsonData"]["timeoutInSeconds"] == 30
    assert grafana.datasources["keitora"]["jsonData"]["tlsSkipVerify"] is True
    assert "4 changed" in capsys.readouterr().out


def test_parts_that_grafana_adds_or_drops_are_no_difference(grafana: FakeGrafana) -> None:
    push(grafana)
    kept = grafana.dashboards["fleet-overview"]["dashboard"]
    kept["panels"][0]["transparent"] = False
    kept["preload"] = False
    del kept["panels"][0]["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"]
    grafana.requests.clear()

    push(grafana)

    assert grafana.writes == []


def test_another_key_is_given_to_grafana(grafana: FakeGrafana) -> None:
    push(grafana)

    push(grafana, key="kt_another")

    assert grafana.secrets["keitora"] == {"apiKeyValue": "kt_another"}


def test_a_data_source_that_was_made_the_default_stays_so(grafana: FakeGrafana) -> None:
    push(grafana)
    grafana.datasources["keitora"]["isDefault"] = True

    push(grafana, key="kt_another")

    assert grafana.datasources["keitora"]["isDefault"] is True


def test_without_a_key_grafana_keeps_the_one_it_has(grafana: FakeGrafana) -> None:
    push(grafana)
    grafana.requests.clear()

    assert push(grafana, key=None) == 0

    assert grafana.writes == []
    assert grafana.secrets["keitora"] == {"apiKeyValue": KEY}


def test_a_first_push_without_a_key_says_how_to_make_one(grafana: FakeGrafana) -> None:
    with pytest.raises(SetupError, match="keitora key create"):
        push(grafana, key=None)


def test_the_token_and_key_may_come_from_the_environment(grafana: FakeGrafana, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"URL": grafana.url, "TOKEN": TOKEN, "API_URL": API, "KEY": KEY}.items():
        monkeypatch.setenv(f"KEITORA_GRAFANA_{name}", value)

    assert dashboards(["push", *FLEET]) == 0

    assert grafana.secrets["keitora"] == {"apiKeyValue": KEY}


def test_a_grafana_that_starts_is_waited_for(grafana: FakeGrafana) -> None:
    grafana.starting_count = 2

    assert push(grafana, wait="20") == 0


def test_a_grafana_that_never_gets_ready_is_given_up(grafana: FakeGrafana) -> None:
    grafana.starting_count = 1_000

    with pytest.raises(SetupError, match=r"503.*waited 0.6 s"):
        push(grafana, wait="0.6")


def test_a_grafana_below_a_path_is_reached() -> None:
    with running(FakeGrafana(), prefix="/monitoring") as grafana:
        assert push(grafana) == 0

    assert ("POST", "/api/folders") in grafana.requests


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    grafana = FakeGrafana()
    grafana.url = f"http://127.0.0.1:{port}"

    with pytest.raises(SetupError, match=r"no Grafana answers at .*is --url right"):
        push(grafana)


@pytest.mark.parametrize("url", ["localhost:3000", "ftp://localhost"])
def test_an_address_that_is_none(url: str) -> None:
    grafana = FakeGrafana()
    grafana.url = url

    with pytest.raises(SetupError, match="--url must begin with http"):
        push(grafana)


def test_a_wrong_token(grafana: FakeGrafana) -> None:
    with pytest.raises(SetupError, match=r"401.*Service accounts"):
        push(grafana, token="glsa_wrong")


def test_no_token() -> None:
    with pytest.raises(SetupError, match="KEITORA_GRAFANA_TOKEN"):
        dashboards(["push", "--api-url", API])


def test_a_token_without_the_right(grafana: FakeGrafana) -> None:
    grafana.broken = (403, {"message": "You'll need additional permissions"})

    with pytest.raises(SetupError, match=r"403.*additional permissions.*role Admin"):
        push(grafana)


def test_another_data_source_of_our_name(grafana: FakeGrafana) -> None:
    grafana.datasources["theirs"] = {"uid": "theirs", "name": "Keitora"}

    with pytest.raises(SetupError, match="rename that one"):
        push(grafana)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"readOnly": True}, "from files"), ({"type": "prometheus"}, "belongs to a data source of the type prometheus")],
)
def test_a_data_source_that_is_not_ours_to_change(
    grafana: FakeGrafana, change: dict[str, object], message: str
) -> None:
    push(grafana)
    grafana.datasources["keitora"] |= change

    with pytest.raises(SetupError, match=message):
        push(grafana)


def test_a_dashboard_from_files_is_left_alone(grafana: FakeGrafana) -> None:
    push(grafana)
    grafana.dashboards["fleet-overview"]["meta"]["provisioned"] = True

    with pytest.raises(SetupError, match="from files"):
        push(grafana)


@pytest.mark.parametrize("status", [200, 400])
def test_a_grafana_that_cannot_read_the_api(grafana: FakeGrafana, status: int) -> None:
    grafana.health = (status, {"status": "ERROR", "message": "Health check failed. 401 Unauthorized"})

    with pytest.raises(SetupError, match=r"401 Unauthorized.*check that Grafana's server reaches"):
        push(grafana)


def test_a_new_grafana_gets_the_alert_rules_and_sends_them_where_it_sends_the_rest(grafana: FakeGrafana) -> None:
    push(grafana)

    assert grafana.rules.keys() == {rule.uid for rule in rules()}
    assert all(rule["folderUID"] == "fleet" for rule in grafana.rules.values())
    assert not [rule for rule in grafana.rules.values() if "notification_settings" in rule]
    assert grafana.contacts == []


def test_alerts_go_to_a_webhook_and_to_people(grafana: FakeGrafana) -> None:
    push(
        grafana,
        "--alert-webhook",
        "http://notify:9000/hook",
        "--alert-email",
        "a@farm.jp",
        "--alert-email",
        "b@farm.jp",
    )

    settings = {one["uid"]: one["settings"] for one in grafana.contacts}
    assert settings["keitora-webhook"]["url"] == "http://notify:9000/hook"
    assert settings["keitora-email"]["addresses"] == "a@farm.jp;b@farm.jp"
    assert {rule["notification_settings"]["receiver"] for rule in grafana.rules.values()} == {"Keitora"}


def test_a_later_push_that_does_not_name_the_contact_keeps_it(grafana: FakeGrafana) -> None:
    push(grafana, "--alert-webhook", "http://notify:9000/hook")
    grafana.requests.clear()

    push(grafana)

    assert grafana.writes == []


def test_the_policies_and_other_rules_of_the_user_are_never_asked_for(grafana: FakeGrafana) -> None:
    grafana.rules["mine"] = {"uid": "mine", "title": "My own", "ruleGroup": "Keitora"}
    grafana.contacts.append({"uid": "x", "name": "My phone", "type": "telegram", "settings": {}})

    push(grafana, "--alert-webhook", "http://notify:9000/hook")

    assert grafana.rules["mine"] == {"uid": "mine", "title": "My own", "ruleGroup": "Keitora"}
    assert {"uid": "x", "name": "My phone", "type": "telegram", "settings": {}} in grafana.contacts
    assert not [path for _, path in grafana.requests if "policies" in path or "rule-groups" in path]


def test_a_paused_rule_stays_paused_when_it_is_set_right(grafana: FakeGrafana) -> None:
    push(grafana)
    grafana.rules["keitora-silent"] |= {"isPaused": True, "for": "1h"}

    push(grafana)

    assert grafana.rules["keitora-silent"]["isPaused"] is True
    assert grafana.rules["keitora-silent"]["for"] == "5m"


def test_without_alerts_no_alerts_are_asked_for(grafana: FakeGrafana) -> None:
    push(grafana, "--no-alerts")

    assert not [path for _, path in grafana.requests if "provisioning" in path]


def test_rules_from_files_are_left_alone(grafana: FakeGrafana) -> None:
    push(grafana)
    grafana.rules["keitora-silent"]["provenance"] = "file"

    with pytest.raises(SetupError, match="from files"):
        push(grafana)


def look(action: str, grafana: FakeGrafana, *words: str) -> int:
    return dashboards(
        [
            action,
            "--url",
            grafana.url,
            "--token",
            TOKEN,
            "--api-url",
            API,
            "--api-key",
            KEY,
            "--wait",
            "0",
            *FLEET,
            *words,
        ]
    )


def test_diff_says_what_is_missing_and_what_was_changed_and_writes_nothing(
    grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]
) -> None:
    push(grafana)
    grafana.dashboards["fleet-trips"]["dashboard"]["panels"][0]["title"] = "Mine"
    del grafana.rules["keitora-silent"]
    grafana.requests.clear()
    capsys.readouterr()

    code = look("diff", grafana)

    assert code == 1
    assert grafana.writes == []
    assert capsys.readouterr().out.splitlines() == [
        "dashboard fleet-trips: differs in panels[0].title",
        "alert rule keitora-silent: missing",
        f"2 differ at {grafana.url}",
    ]


def test_after_a_push_nothing_differs(grafana: FakeGrafana) -> None:
    push(grafana, "--alert-webhook", "http://notify:9000/hook")

    assert look("diff", grafana, "--alert-webhook", "http://notify:9000/hook") == 0


def test_pull_writes_what_grafana_has_so_that_only_changes_of_people_show(grafana: FakeGrafana, tmp_path: Path) -> None:
    push(grafana)
    grafana.dashboards["fleet-trips"]["dashboard"]["panels"][0]["title"] = "Mine"

    assert look("pull", grafana, "--to", str(tmp_path)) == 0

    ours = {one.uid: one.as_text() for one in made_dashboards(Reader(time_zone="Asia/Tokyo"))}
    pulled = {path.stem: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert pulled.keys() == ours.keys()
    assert [uid for uid in ours if ours[uid] != pulled[uid]] == ["fleet-trips"]
    assert json.loads(pulled["fleet-trips"])["panels"][0]["title"] == "Mine"


def test_the_fleets_currency_and_zone_are_asked_of_the_api(grafana: FakeGrafana) -> None:
    with answering({"currency": "USD", "time_zone": "America/Denver", "locale": "en-US"}) as api_url:
        words = ["push", "--url", grafana.url, "--token", TOKEN, "--api-url", api_url, "--api-key", KEY, "--wait", "0"]
        assert dashboards(words) == 0

    made = grafana.dashboards["fleet-overview"]["dashboard"]
    assert made["timezone"] == "America/Denver"
    assert made["panels"][0]["fieldConfig"]["defaults"]["unit"] == "lengthmi"


@pytest.mark.parametrize("words", [("--currency", "YENS"), ("--alert-webhook", "notify:9000")])
def test_a_setting_that_makes_no_sense_is_refused_before_anything_is_written(
    grafana: FakeGrafana, words: tuple[str, str]
) -> None:
    with pytest.raises(SetupError):
        push(grafana, *words)

    assert grafana.writes == []

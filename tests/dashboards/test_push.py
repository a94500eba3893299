"""`keitora dashboards push` against a small Grafana."""

import copy
import socket
from collections.abc import Iterator

import pytest

from keitora.errors import SetupError
from keitora_dashboards.catalogue import dashboards as made_dashboards
from keitora_dashboards.commands import dashboards
from tests.dashboards.fake_grafana import TOKEN, FakeGrafana, running

API = "http://api:8080"
KEY = "kt_for-tests"


@pytest.fixture
def grafana() -> Iterator[FakeGrafana]:
    with running(FakeGrafana()) as grafana:
        yield grafana


def push(grafana: FakeGrafana, *words: str, token: str = TOKEN, key: str | None = KEY, wait: str = "0") -> int:
    with_key = ["--api-key", key] if key else []
    return dashboards(
        ["push", "--url", grafana.url, "--token", token, "--api-url", API, "--wait", wait, *with_key, *words]
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
    assert f"{2 + len(made_dashboards())} changed" in capsys.readouterr().out


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

    assert dashboards(["push"]) == 0

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

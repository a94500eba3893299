"""docker-compose.yml, the Dockerfile and deploy/ fit each other and the code."""

import re
import stat
import subprocess
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic_settings import BaseSettings

from keitora import secret_files
from keitora.local import credentials, mosquitto, postgres
from keitora.settings import (
    ApiSettings,
    DatabaseSettings,
    IngestSettings,
    MappingSettings,
    MqttSettings,
    PublicSettings,
    StorageSettings,
)
from keitora_api.settings import ServiceSettings
from keitora_dashboards.catalogue import files
from keitora_dashboards.dashboard import FOLDER_TITLE, FOLDER_UID
from keitora_dashboards.datasource import datasource
from keitora_dashboards.settings import AlertSettings, ReaderSettings
from keitora_ingestor.receive.settings import ReceiveSettings
from tests.dashboards import compose
from tests.dashboards.compose import ROOT, Json
from tests.dashboards.deployed import prepare

# What the images document, as far as we use it.
IMAGE_VARIABLES = {
    "database": {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE", "TIMESCALEDB_TELEMETRY", "TS_TUNE_MEMORY"},
    "broker": set(),
    "grafana": {
        "GF_SECURITY_ADMIN_PASSWORD__FILE",
        "GF_PLUGINS_PREINSTALL_SYNC",
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH",
        "GF_DATE_FORMATS_USE_BROWSER_LOCALE",
        "GF_SERVER_ROOT_URL",
        "GF_SMTP_ENABLED",
        "GF_SMTP_HOST",
        "GF_SMTP_USER",
        "GF_SMTP_PASSWORD__FILE",
        "GF_SMTP_FROM_ADDRESS",
        "GF_SMTP_FROM_NAME",
        "GF_ANALYTICS_REPORTING_ENABLED",
        "GF_ANALYTICS_CHECK_FOR_UPDATES",
        "GF_NEWS_NEWS_FEED_ENABLED",
    },
}
# What each of our services reads.
SETTINGS: dict[str, tuple[type[BaseSettings], ...]] = {
    "migrate": (prepare.FleetSettings, PublicSettings, ApiSettings, StorageSettings),
    "broker-setup": (prepare.BrokerSettings,),
    "broker-users": (DatabaseSettings, MappingSettings),
    "tls": (PublicSettings,),
    "ingest": (DatabaseSettings, MqttSettings, IngestSettings),
    "receive": (ReceiveSettings,),
    "derive": (DatabaseSettings, StorageSettings),
    "api": (ServiceSettings, PublicSettings),
    "demo-setup": (prepare.DemoSettings, PublicSettings, ApiSettings, StorageSettings),
    "demo": (MqttSettings,),
    "dashboards": (ReaderSettings, AlertSettings),
}
ONE_SHOT = {"migrate", "broker-setup", "demo-setup", "tls", "dashboards"}
PORTS = {"database": (5432,), "broker": (1883, 8883, 1884), "api": (8080,), "receive": (8090,), "grafana": (3000,)}
OPEN = {"broker": (1883, 8883), "api": (8080,), "receive": (8090,), "grafana": (3000,)}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that deploy/make-secrets makes."""
    folder = tmp_path_factory.mktemp("made") / "secrets"
    make_secrets(folder)
    return folder


def make_secrets(*words: Path) -> None:
    subprocess.run([ROOT / "deploy" / "make-secrets", *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def services() -> dict[str, Json]:
    made: dict[str, Json] = compose.parsed({})["services"]
    return made


def environment(service: Json) -> dict[str, str]:
    return dict(service.get("environment", {}))


def test_the_services_are_known(services: dict[str, Json]) -> None:
    assert services.keys() == SETTINGS.keys() | IMAGE_VARIABLES.keys()


def test_our_services_get_only_what_they_read_and_all_they_need(
    services: dict[str, Json], secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, classes in SETTINGS.items():
        given = {key: value.replace("/run/secrets", str(secrets)) for key, value in environment(services[name]).items()}
        plain = given.keys() - {f"{secret}_FILE" for secret in secret_files.SECRETS}
        read = {f"KEITORA_{field}".upper() for one in classes for field in one.model_fields}
        assert plain <= read, name
        # What is in files completes addresses, or is read itself.
        assert secret_files.found(given).keys() <= read | set(secret_files.SECRETS), name
        with monkeypatch.context() as context:
            for variable, value in {**given, **secret_files.found(given)}.items():
                context.setenv(variable, value)
            for one in classes:
                one()


def test_each_service_is_given_the_secrets_it_names_and_no_others(services: dict[str, Json]) -> None:
    grafana = (ROOT / "deploy" / "grafana" / "datasources" / "keitora.yaml").read_text(encoding="utf-8")
    for name, service in services.items():
        told = str(environment(service)) + str(service.get("healthcheck", "")) + (grafana if name == "grafana" else "")
        assert sorted(service.get("secrets", [])) == sorted(set(re.findall(r"/run/secrets/(\w+)", told))), name


def test_no_secret_is_in_an_environment_an_address_or_the_settings(services: dict[str, Json]) -> None:
    for name, service in services.items():
        for variable, value in environment(service).items():
            assert not re.search("PASSWORD|KEY|TOKEN", variable) or value.startswith("/run/secrets/"), (name, variable)
            assert urlsplit(value).password is None, (name, variable)
    assert not re.search("PASSWORD|KEY|TOKEN", str(compose.variables()))


def test_every_secret_of_the_file_is_made_and_the_other_way_round(secrets: Path) -> None:
    named = compose.parsed({})["secrets"]

    assert {name: Path(one["file"]) for name, one in named.items()} == {
        path.name: Path("secrets") / path.name for path in secrets.iterdir()
    }


def test_secrets_are_random_and_behind_a_door_that_only_their_owner_opens(secrets: Path) -> None:
    words = {path.read_text() for path in secrets.iterdir()}

    assert len(words) == len(list(secrets.iterdir()))
    assert all(re.fullmatch(r"[0-9a-f]{48}", word) for word in words)
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    # The containers' users, which are not the host's, read the files themselves.
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()} == {0o444}


def test_secrets_that_are_there_stay_and_those_of_an_older_env_are_taken_over(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEITORA_API_PASSWORD=mine\nGRAFANA_ADMIN_PASSWORD=g\nKEITORA_LISTEN=0.0.0.0\n")
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "database_password").write_text("kept")

    make_secrets(folder, tmp_path / ".env")
    first = {path.name: path.read_text() for path in folder.iterdir()}
    make_secrets(folder, tmp_path / ".env")

    assert (first["api_password"], first["grafana_admin_password"], first["database_password"]) == ("mine", "g", "kept")
    assert {path.name: path.read_text() for path in folder.iterdir()} == first


def test_other_images_get_only_what_they_document_or_our_files_name(services: dict[str, Json]) -> None:
    used = (ROOT / "deploy" / "grafana" / "datasources" / "keitora.yaml").read_text(encoding="utf-8")
    for name, documented in IMAGE_VARIABLES.items():
        own = environment(services[name]).keys() - documented
        check = " ".join(services[name]["healthcheck"]["test"])
        assert all(f"${variable}" in used + check for variable in own), name


def test_every_variable_of_the_file_is_in_the_example_and_may_be_left_out() -> None:
    asked = compose.variables()
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert asked.keys() == set(re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE))
    assert set(asked.values()) == {":-"}
    assert not re.search(r"^[A-Z_]+=", example, re.MULTILINE)


def test_commands_exist(services: dict[str, Json]) -> None:
    known = {point.name for point in entry_points(group="keitora.commands")}
    for name in SETTINGS:
        program, first, *rest = services[name]["command"]
        if program == "keitora":
            assert first in known, name
        else:
            assert (program, Path(first).name) == ("python", "prepare.py"), name
            assert rest[0] in prepare.STEPS, name


def test_scripts_are_in_the_image(services: dict[str, Json]) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    words = [
        word for s in services.values() for word in [*s.get("command", []), *s.get("healthcheck", {}).get("test", [])]
    ]
    scripts = {word for word in words if word.startswith("/opt/keitora/deploy/")}

    (copied,) = re.findall(r"^COPY (.+) (/opt/keitora/deploy/)$", dockerfile, re.MULTILINE)
    assert scripts == {copied[1] + Path(source).name for source in copied[0].split()}
    assert all((ROOT / source).is_file() for source in copied[0].split())


def test_what_the_dockerfile_copies_exists_and_reaches_the_builder() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sources = [
        word for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE) for word in line.split()[:-1]
    ]

    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source.split('/')[0]}" in ignored, source


def test_the_image_holds_every_package_and_runs_as_nobody_special() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    packages = re.findall(
        r'^  "(\w[\w-]*)/keitora', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert len(packages) == 6
    assert all(f"COPY {package}" in dockerfile for package in packages)
    assert "\nUSER keitora\n" in dockerfile
    assert "-c constraints.txt" in dockerfile


def test_volumes_are_declared_and_mounted_files_exist(services: dict[str, Json]) -> None:
    named = compose.parsed({})["volumes"]
    for name, service in services.items():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), name
                assert mount.endswith(":ro"), name
            else:
                assert source in named, name


def test_ports_are_those_the_services_listen_on_and_open_only_to_this_box(services: dict[str, Json]) -> None:
    for name, service in services.items():
        expected = [f"127.0.0.1:{port}:{port}" for port in OPEN.get(name, ())]
        assert service.get("ports", []) == expected, name
    assert environment(services["api"])["KEITORA_API_PORT"] == str(PORTS["api"][0])
    assert environment(services["receive"])["KEITORA_RECEIVE_PORT"] == str(PORTS["receive"][0])


def test_addresses_name_services_users_and_ports(services: dict[str, Json]) -> None:
    users = {
        "migrate": {"KEITORA_DATABASE_URL": postgres.OWNER},
        "demo-setup": {"KEITORA_DATABASE_URL": postgres.OWNER},
        "ingest": {"KEITORA_DATABASE_URL": credentials.INGESTOR_ROLE, "KEITORA_MQTT_URL": mosquitto.INGESTOR},
        "receive": {"KEITORA_DATABASE_URL": credentials.INGESTOR_ROLE},
        "derive": {"KEITORA_DATABASE_URL": credentials.INGESTOR_ROLE},
        "api": {"KEITORA_DATABASE_URL": credentials.API_ROLE},
        "broker-users": {"KEITORA_DATABASE_URL": credentials.INGESTOR_ROLE},
        "demo": {"KEITORA_MQTT_URL": None},
    }
    for name, expected in users.items():
        found = {
            variable: urlsplit(value) for variable, value in environment(services[name]).items() if "_URL" in variable
        }
        addresses = {variable: address for variable, address in found.items() if address.scheme not in {"", "https"}}
        assert {variable: address.username for variable, address in addresses.items()} == expected, name
        assert all(address.port in PORTS[str(address.hostname)] for address in addresses.values()), name
    owner = environment(services["database"])
    assert (owner["POSTGRES_USER"], owner["POSTGRES_DB"]) == (postgres.OWNER, postgres.DATABASE)


def test_passwords_fit_in_pairs(services: dict[str, Json]) -> None:
    def file(name: str, variable: str) -> str:
        return environment(services[name])[f"KEITORA_{variable}_FILE"]

    owner = environment(services["database"])["POSTGRES_PASSWORD_FILE"]
    assert file("migrate", "DATABASE_PASSWORD") == file("demo-setup", "DATABASE_PASSWORD") == owner
    for name in ("ingest", "receive", "derive", "broker-users"):
        assert file(name, "DATABASE_PASSWORD") == file("migrate", "INGESTOR_PASSWORD"), name
    assert file("api", "DATABASE_PASSWORD") == file("migrate", "API_PASSWORD")
    assert file("ingest", "MQTT_PASSWORD") == file("broker-setup", "MQTT_INGESTOR_PASSWORD")
    assert file("migrate", "GRAFANA_KEY") == "/run/secrets/grafana_key"


def test_every_service_is_watched_restarted_and_limited_in_its_log(services: dict[str, Json]) -> None:
    for name, service in services.items():
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}, name
        assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped"), name
        assert ("healthcheck" in service) == (name not in {*ONE_SHOT, "demo"}), name


def test_services_wait_for_what_they_need(services: dict[str, Json]) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            done = "service_completed_successfully" if needed in ONE_SHOT else "service_healthy"
            assert how == {"condition": done}, (name, needed)
            assert needed not in {"demo", "demo-setup"} or service.get("profiles") == ["demo"], name


def test_health_checks_ask_for_their_own_service(services: dict[str, Json]) -> None:
    for name in ("broker-users", "ingest", "receive", "derive", "api"):
        assert services[name]["healthcheck"]["test"] == ["CMD", "keitora", "health", name]
    assert f"-u {mosquitto.INGESTOR} " in services["broker"]["healthcheck"]["test"][1]
    assert "'$SYS/broker/uptime'" in services["broker"]["healthcheck"]["test"][1]
    assert services["database"]["healthcheck"]["test"][1].startswith("pg_isready -h 127.0.0.1 ")


def test_grafana_gets_the_data_source_that_push_makes() -> None:
    text = (ROOT / "deploy" / "grafana" / "datasources" / "keitora.yaml").read_text(encoding="utf-8")
    (found,) = yaml.safe_load(text)["datasources"]
    made = datasource(f"http://api:{PORTS['api'][0]}", None)

    assert found["secureJsonData"] == {"apiKeyValue": "$__file{/run/secrets/grafana_key}"}
    assert {name: value for name, value in found.items() if name not in {"secureJsonData", "editable"}} == {
        **made,
        "isDefault": True,
    }


def test_grafana_gets_the_dashboards_into_the_folder_that_push_makes(services: dict[str, Json]) -> None:
    text = (ROOT / "deploy" / "grafana" / "dashboards" / "keitora.yaml").read_text(encoding="utf-8")
    (provider,) = yaml.safe_load(text)["providers"]
    path = provider["options"]["path"]

    assert (provider["folder"], provider["folderUid"]) == (FOLDER_TITLE, FOLDER_UID)
    written = services["dashboards"]["command"]
    to = written[written.index("--to") + 1]
    assert f"dashboards:{to}" in services["dashboards"]["volumes"]
    assert f"dashboards:{path}:ro" in services["grafana"]["volumes"]
    home = Path(environment(services["grafana"])["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == path
    assert home.name in files()


def test_grafana_reads_the_alert_rules_where_they_are_written(services: dict[str, Json]) -> None:
    written = services["dashboards"]["command"]
    file = Path(written[written.index("--alerts-to") + 1])

    assert f"alerts:{file.parent}" in services["dashboards"]["volumes"]
    assert "alerts:/etc/grafana/provisioning/alerting:ro" in services["grafana"]["volumes"]
    assert file.suffix in {".json", ".yaml", ".yml"}


def test_the_dashboards_show_the_fleets_days_and_hours(services: dict[str, Json]) -> None:
    variable = "KEITORA_FLEET_TIME_ZONE"

    assert environment(services["dashboards"])[variable] == environment(services["migrate"])[variable]


def test_folders_of_volumes_belong_to_who_writes_them() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    made = dict(re.findall(r"install -d -m 07\d\d -o (\w+) -g \w+ ([^\\\n]+)", dockerfile))

    assert {"/var/lib/keitora-dashboards", "/var/lib/keitora-alerts"} <= set(re.findall(r"/var/lib/[\w-]+", dockerfile))
    assert made["1883"].strip() == "/mosquitto/data"


def test_memory_is_limited_and_the_database_may_take_what_it_is_tuned_for(services: dict[str, Json]) -> None:
    limits = {name: megabytes(service["mem_limit"]) for name, service in services.items()}
    lasting = {name for name in services if name not in ONE_SHOT | {"demo"}}

    assert limits["database"] >= 2 * megabytes(services["database"]["environment"]["TS_TUNE_MEMORY"].lower())
    # Of a machine with 8 GB; what is used at rest is a fraction.
    assert sum(limits[name] for name in lasting) <= 6 * 1024


def megabytes(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(m|g)b?", text).groups()  # type: ignore[union-attr]
    return int(number) * (1024 if unit == "g" else 1)


def test_containers_write_only_to_their_volumes_and_can_do_only_what_they_must(services: dict[str, Json]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert "/tmp" in service["tmpfs"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    # It alone begins as root, to become the user postgres.
    assert {name for name, service in services.items() if "cap_add" in service} == {"database"}
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "\nUSER keitora\n" in dockerfile
    assert services["grafana"]["user"].split(":")[0] != "0"
    assert services["broker"]["user"] == "1883:1883"

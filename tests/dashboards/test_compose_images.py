"""The images of docker-compose.yml and the Dockerfile: pinned, as new as the code needs, asked by what is in them."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from keitora.db.edition import COMPRESSES_SINCE
from keitora.local import grafana, servers
from keitora_dashboards.panels import GRAFANA_VERSION
from tests.dashboards import compose
from tests.dashboards.compose import ROOT, Json


@pytest.fixture(scope="module")
def services() -> dict[str, Json]:
    made: dict[str, Json] = compose.parsed({})["services"]
    return made


def test_images_are_pinned(services: dict[str, Json]) -> None:
    for name, service in services.items():
        assert re.search(r":v?\d+(\.\d+){1,2}[\w.-]*$", service["image"]), name
    bases = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", base) for base in bases)


def test_the_pinned_versions_are_those_the_code_is_for(services: dict[str, Json]) -> None:
    tags = {name: services[name]["image"].partition(":")[2] for name in ("database", "broker", "grafana")}
    timescale, _, postgres_major = tags["database"].partition("-pg")
    python = re.findall(r"^FROM python:(\d+\.\d+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert int(postgres_major) >= servers.OLDEST_POSTGRES
    # From 18 on the image keeps its data a folder higher; mounted elsewhere they would be lost with the container.
    assert services["database"]["volumes"] == [f"database:/var/lib/postgresql{'/data' * (int(postgres_major) < 18)}"]
    # Compressed weeks take rows that come again; an older one could not.
    assert numbers(timescale) >= COMPRESSES_SINCE
    assert numbers(tags["broker"])[0] == servers.OLDEST_MOSQUITTO
    assert numbers(tags["grafana"]) == numbers(GRAFANA_VERSION) >= grafana.OLDEST
    plugin = services["grafana"]["environment"]["GF_PLUGINS_PREINSTALL_SYNC"]
    assert plugin == f"{grafana.PLUGIN}@{grafana.PLUGIN_VERSION}"
    assert {f"Programming Language :: Python :: {version}" for version in python} <= set(project["classifiers"])


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


@pytest.mark.parametrize("there", ["curl", "wget"])
@pytest.mark.parametrize(("answer", "is_well"), [('{"database": "ok"}', True), ('{"database": "failing"}', False)])
def test_grafanas_health_is_asked_by_what_its_image_has(
    services: dict[str, Json], tmp_path: Path, there: str, answer: str, is_well: bool
) -> None:
    program = tmp_path / there
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(0o755)
    (tmp_path / "grep").symlink_to(str(shutil.which("grep")))
    kind, script = services["grafana"]["healthcheck"]["test"]

    done = subprocess.run(["/bin/sh", "-c", script], env={"PATH": str(tmp_path)}, capture_output=True, check=False)

    assert kind == "CMD-SHELL"
    assert (done.returncode == 0) is is_well
    assert script.count(":3000/api/health") == 2

"""Secrets in files: what a process is told of them."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora import cli
from keitora.errors import SetupError
from keitora.secret_files import found, take, with_password

ADDRESS = "postgresql://keitora_api@database:5432/keitora"


def test_the_address_is_completed_with_the_password(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("se/cr@t\n")

    told = found({"KEITORA_DATABASE_URL": ADDRESS, "KEITORA_DATABASE_PASSWORD_FILE": str(tmp_path / "word")})

    assert told["KEITORA_DATABASE_URL"] == "postgresql://keitora_api:se%2Fcr%40t@database:5432/keitora"
    assert told["KEITORA_DATABASE_PASSWORD"] == "se/cr@t"


@given(st.text(min_size=1))
def test_any_password_survives_the_address(password: str) -> None:
    parts = urlsplit(with_password(ADDRESS, password))

    assert unquote(parts.password or "") == password
    assert (parts.username, parts.hostname, parts.port, parts.path) == ("keitora_api", "database", 5432, "/keitora")


@pytest.mark.parametrize("address", ["postgresql://keitora:own@database/keitora", "mqtt://broker:1883"])
def test_an_address_with_a_password_or_without_a_user_stays_as_it_is(address: str) -> None:
    assert with_password(address, "another") == address


def test_a_whole_address_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("mqtt://me:word@broker:1883")

    assert found({"KEITORA_MQTT_URL_FILE": str(tmp_path / "url")}) == {"KEITORA_MQTT_URL": "mqtt://me:word@broker:1883"}


def test_nothing_in_files_is_nothing() -> None:
    assert found({"KEITORA_DATABASE_URL": ADDRESS, "KEITORA_MQTT_CA_FILE": "/ca.pem"}) == {}


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_a_file_that_tells_nothing_is_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "word").write_text(content)

    with pytest.raises(SetupError, match=r"KEITORA_API_PASSWORD_FILE: .*word"):
        found({"KEITORA_API_PASSWORD_FILE": str(tmp_path / "word")})


def test_a_value_and_a_file_contradict_each_other(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("kt_file")

    with pytest.raises(SetupError, match="both set"):
        found({"KEITORA_GRAFANA_KEY": "kt_value", "KEITORA_GRAFANA_KEY_FILE": str(tmp_path / "key")})


def test_what_a_process_starts_is_given_the_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "word").write_text("word")
    monkeypatch.setenv("KEITORA_DATABASE_URL", ADDRESS)
    monkeypatch.setenv("KEITORA_DATABASE_PASSWORD", "")  # so that it is removed again
    monkeypatch.setenv("KEITORA_DATABASE_PASSWORD_FILE", str(tmp_path / "word"))

    take()
    take()

    assert os.environ["KEITORA_DATABASE_URL"] == "postgresql://keitora_api:word@database:5432/keitora"
    assert "KEITORA_DATABASE_PASSWORD_FILE" not in os.environ


def test_a_command_says_which_file_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_PASSWORD_FILE", "/nowhere/word")

    assert cli.main(["status"]) == 1

    assert "KEITORA_DATABASE_PASSWORD_FILE: cannot read /nowhere/word" in capsys.readouterr().err

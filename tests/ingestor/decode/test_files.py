"""The user's own files: a mapping, and phones' passphrases."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nacl.secret import SecretBox

from keitora.errors import DecodeError, SetupError
from keitora.settings import IngestSettings
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.files import load_table

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


def incoming(topic: str, payload: bytes) -> Incoming:
    return Incoming(levels=tuple(topic.split("/")), payload=payload, received_at=NOW, bounds=Bounds())


def sealed(passphrase: str) -> bytes:
    fix = json.dumps({"_type": "location", "tst": 1_775_040_312, "lat": 35.68, "lon": 139.76}).encode()
    data = b64encode(bytes(SecretBox(passphrase.encode().ljust(32, b"\0")).encrypt(fix))).decode()
    return json.dumps({"_type": "encrypted", "data": data}).encode()


def test_a_phones_sealed_message_is_opened_with_its_passphrase(tmp_path: Path) -> None:
    keys = tmp_path / "phones.toml"
    keys.write_text('"ken/phone" = "secret"\n', encoding="utf-8")
    table = load_table(IngestSettings(owntracks_keys_file=keys))

    decoded = table.decode(incoming("owntracks/ken/phone", sealed("secret")))

    assert decoded.block is not None
    assert decoded.block.columns["lat"] == [35.68]
    with pytest.raises(DecodeError) as refusal:
        table.decode(incoming("owntracks/other/phone", sealed("secret")))
    assert refusal.value.reason == "encrypted"


def test_a_mapping_of_the_users_own_is_subscribed_to_and_read(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[[entry]]\ntopic = "yard/{device}/voltage"\npayload = "scalar"\nvalues = [{ signal = "battery_v" }]\n',
        encoding="utf-8",
    )
    table = load_table(IngestSettings(mapping_file=mapping))

    assert "yard/+/voltage" in table.topic_filters
    decoded = table.decode(incoming("yard/node-7/voltage", b"12.6"))
    assert (decoded.source, decoded.device_key) == ("mapped", "node-7")


@pytest.mark.parametrize("setting", ["KEITORA_MAPPING_FILE", "KEITORA_OWNTRACKS_KEYS_FILE"])
def test_a_file_that_is_at_fault_is_named(tmp_path: Path, setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "wrong.toml"
    monkeypatch.setenv(setting, str(wrong))
    with pytest.raises(SetupError, match=r"wrong\.toml: cannot be read"):
        load_table(IngestSettings())

    wrong.write_text("= nothing", encoding="utf-8")
    with pytest.raises(SetupError, match=r"wrong\.toml: this is not TOML"):
        load_table(IngestSettings())

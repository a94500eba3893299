"""The home-made authority, a certificate of the user's own, and the broker's door with them."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from keitora.access import tls
from keitora.access.broker_folder import reload_broker
from keitora.access.tls_command import tls as tls_command
from keitora.access.tls_files import installed
from keitora.clock import utc_now
from keitora.errors import SetupError
from keitora.local import mosquitto, ports, users
from keitora.local.testing import TemporaryBroker, temporary_broker
from keitora.wire.trust import trust
from keitora_sim.logger import Logger
from tests.core.access.visitor import Visitor
from tests.system.stack import service, wait_for_ingestor, wait_until

NOW = utc_now()


class EncryptedBroker(TemporaryBroker):
    """A private broker that has a TLS listener as well."""

    tls_port = 0

    @property
    def listeners(self) -> mosquitto.Listeners:
        self.tls_port = self.tls_port or ports.for_test()
        pair = installed(self.folder / "tls")
        assert pair
        address = mosquitto.Address("127.0.0.1", self.tls_port)
        plain = super().listeners
        return mosquitto.Listeners(
            plain.internal, plain.devices, mosquitto.Encrypted(address, pair.certificate, pair.key)
        )

    @property
    def ca_file(self) -> Path:
        return self.folder / "tls" / "ca.crt"

    def tls_url(self, host: str = "127.0.0.1") -> str:
        return self.url.replace("mqtt://", "mqtts://").replace(f"127.0.0.1:{self.port}", f"{host}:{self.tls_port}")


@contextmanager
def encrypted_broker() -> Iterator[EncryptedBroker]:
    with temporary_broker() as plain:
        broker = EncryptedBroker(plain.broker, plain.folder)
        plain.stop()
        tls.make(broker.folder / "tls", ["127.0.0.1"], NOW)
        broker.start()
        try:
            yield broker
        finally:
            broker.kill()


@pytest.fixture(scope="module")
def encrypted() -> Iterator[EncryptedBroker]:
    with encrypted_broker() as broker:
        yield broker


def test_the_broker_is_trusted_by_the_home_made_authority(encrypted: EncryptedBroker) -> None:
    with Visitor(encrypted.tls_url(), trust=trust(encrypted.ca_file)) as visitor:
        assert visitor.answer == "Success"


@pytest.mark.parametrize(("host", "knows_it"), [("127.0.0.1", False), ("trucks.example.org", True)])
def test_without_the_authority_or_under_another_name_it_is_refused(
    encrypted: EncryptedBroker, host: str, knows_it: bool
) -> None:
    context = trust(encrypted.ca_file if knows_it else None)

    with (
        socket.create_connection(("127.0.0.1", encrypted.tls_port), timeout=10) as connection,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(connection, server_hostname=host)


def test_a_renewed_certificate_is_used_without_a_restart(encrypted: EncryptedBroker) -> None:
    pid, before = encrypted.pid, shown_certificate(encrypted)

    tls.make(encrypted.folder / "tls", [], NOW)
    assert reload_broker(encrypted.files) == "told"

    wait_until(lambda: shown_certificate(encrypted) != before, "the new certificate is shown")
    assert encrypted.pid == pid
    with Visitor(encrypted.tls_url(), trust=trust(encrypted.ca_file)) as visitor:
        assert visitor.answer == "Success"


def shown_certificate(broker: EncryptedBroker) -> str:
    return ssl.get_server_certificate(("127.0.0.1", broker.tls_port))


def test_ingestor_and_simulator_connect_with_the_authoritys_file(
    encrypted: EncryptedBroker, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca_file = str(encrypted.ca_file)
    url = encrypted.ingestor_url.replace("mqtt://", "mqtts://").replace(f":{encrypted.port}", f":{encrypted.tls_port}")
    with service("ingest", database_url, encrypted, tmp_path, mqtt_url=url, mqtt_ca_file=ca_file):
        wait_for_ingestor(database_url)

    monkeypatch.setenv("KEITORA_MQTT_CA_FILE", ca_file)
    with Logger(encrypted.tls_url(), "carry-1", boot=1) as logger:
        logger.wait_ready(10)


def test_a_home_made_certificate_says_what_it_is_for(tmp_path: Path) -> None:
    shown = tls.make(tmp_path / "tls", ["trucks.example.org", "192.168.1.5"], NOW)

    assert shown.hosts == ("trucks.example.org", "localhost", "192.168.1.5", "127.0.0.1")
    assert shown.expires_at - NOW < timedelta(days=825)
    assert shown.fingerprint
    assert len(shown.fingerprint.split(":")) == 32
    assert (tmp_path / "tls" / "ca.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "tls" / "server.key").stat().st_mode & 0o077 == 0


def test_renewal_keeps_the_authority_and_the_names(tmp_path: Path) -> None:
    first = tls.make(tmp_path / "tls", ["trucks.example.org"], NOW)
    serial = certificate(tmp_path).serial_number

    second = tls.make(tmp_path / "tls", [], NOW + timedelta(days=700))

    assert (second.fingerprint, second.hosts) == (first.fingerprint, first.hosts)
    assert certificate(tmp_path).serial_number != serial
    assert second.expires_at > first.expires_at


def certificate(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / "tls" / "server.crt").read_bytes())


@pytest.mark.parametrize("host", ["a b", "", "x/y", "ho$t"])
def test_a_host_that_is_none_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(SetupError, match="no name or address"):
        tls.make(tmp_path / "tls", [host], NOW)


def test_a_certificate_of_ones_own_is_copied(tmp_path: Path) -> None:
    tls.make(tmp_path / "tls", ["trucks.example.org"], NOW)
    tls.make(tmp_path / "home", ["old.example.org"], NOW)
    own = tmp_path / "tls"

    shown = tls.use(tmp_path / "home", own / "server.crt", own / "server.key", None, NOW)

    assert "trucks.example.org" in shown.hosts
    assert shown.ca_file is None
    assert not (tmp_path / "home" / "ca.key").exists()


def test_what_does_not_fit_together_is_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        tls.make(tmp_path / name, ["x.example.org"], NOW)
    one, two = tmp_path / "one", tmp_path / "two"

    with pytest.raises(SetupError, match="is not the key"):
        tls.use(tmp_path / "home", one / "server.crt", two / "server.key", None, NOW)
    with pytest.raises(SetupError, match="cannot be read"):
        tls.use(tmp_path / "home", one / "server.key", one / "server.key", None, NOW)
    with pytest.raises(SetupError, match="has expired"):
        tls.use(tmp_path / "home", one / "server.crt", one / "server.key", None, NOW + timedelta(days=900))


def test_the_command_makes_shows_and_warns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ["--folder", str(tmp_path / "tls")]
    with pytest.raises(SetupError, match="keitora tls make"):
        tls_command([*folder, "show"])

    assert tls_command([*folder, "make", "--host", "trucks.example.org"]) == 0
    assert tls_command([*folder, "show"]) == 0
    monkeypatch.setattr("keitora.access.tls_command.utc_now", lambda: NOW + timedelta(days=780))
    assert tls_command([*folder, "show"]) == 1

    said = capsys.readouterr().out
    assert "fingerprint  SHA-256 " in said
    assert "must be renewed" in said


def test_certificates_of_another_user_are_not_left_behind(tmp_path: Path) -> None:
    tls.make(tmp_path / "tls", ["x.example.org"], NOW)

    user = users.server_user()
    owners = {path.stat().st_uid for path in (tmp_path / "tls").glob("server.*")}
    assert owners == {user.uid if user else Path.home().stat().st_uid}

"""Receiving by HTTPS with a certificate of one's own."""

import ssl
import subprocess
from pathlib import Path

import httpx2

from tests.ingestor.receive import messages
from tests.ingestor.receive.conftest import Farm, receiving


def make_certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "cert.pem", folder / "key.pem"
    what = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=keitora"
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", *what.split(), *names, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


def test_with_a_certificate_it_is_https_and_nothing_else(farm: Farm, service_url: str, tmp_path: Path) -> None:
    phone = farm.phone("owntracks", "ken/tls")
    certificate, key = make_certificate(tmp_path)
    files = {"receive_tls_cert_file": str(certificate), "receive_tls_key_file": str(key)}
    with receiving(service_url, tmp_path, **files) as receiver:
        receiver.scheme = "https"
        receiver.wait()
        trusting = ssl.create_default_context(cafile=str(certificate))
        answer = httpx2.post(
            f"{receiver.url}/in/owntracks", content=messages.location(), auth=phone.auth, verify=trusting
        )
        receiver.scheme = "http"
        plain = receiver.health()

    assert answer.status_code == 200
    assert plain is None

"""The broker's certificate: from a home-made authority, or one of the user's own. Files in one folder."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keitora.access.tls_files import installed
from keitora.errors import SetupError
from keitora.local import users
from keitora.local.files import write_private

WARN_WITHIN: Final = timedelta(days=30)

_CA_LASTS: Final = timedelta(days=3650)
_SERVER_LASTS: Final = timedelta(days=800)  # iPhones refuse a server's certificate of more than 825 days
_CLOCKS_DIFFER: Final = timedelta(days=1)
_NAME: Final = re.compile(r"(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
_ALWAYS: Final = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Shown:
    """What can be told of an installed certificate. `fingerprint` is the authority's SHA-256, where it is home-made."""

    hosts: tuple[str, ...]
    expires_at: datetime
    ca_file: Path | None
    fingerprint: str | None


def make(folder: Path, hosts: Sequence[str], now: datetime) -> Shown:
    """Make a server certificate for these hosts, signed by the home-made authority, which is made the first time.

    Without hosts, those of the certificate that is there. Raises SetupError if there are none, or one is malformed.
    """
    if not hosts and installed(folder) is None:
        raise SetupError("say by which name or address devices reach this box: keitora tls make --host NAME")
    names = list(dict.fromkeys([*(hosts or show(folder).hosts), *_ALWAYS]))
    alternatives = [_general_name(host) for host in names]
    users.private_dir(folder)
    authority, authority_key = _authority(folder, now)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _begin(names[0], authority.subject, key, now, now + _SERVER_LASTS)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _install(folder, _pem(certificate), _key_pem(key))
    return show(folder)


def use(folder: Path, certificate: Path, key: Path, ca: Path | None, now: datetime) -> Shown:
    """Install copies of a certificate (with its chain) and key of the user's own, and its authority's if private.

    Raises SetupError if they cannot be read, do not belong together, or the certificate has expired.
    """
    try:
        chain = x509.load_pem_x509_certificates(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
        authority = ca.read_bytes() if ca else None
        if authority is not None:
            x509.load_pem_x509_certificates(authority)
    except (OSError, ValueError, TypeError) as error:
        raise SetupError(f"the certificate or its key cannot be read (PEM, no password): {error}") from error
    if _public_bytes(private.public_key()) != _public_bytes(chain[0].public_key()):
        raise SetupError(f"{key} is not the key of the certificate in {certificate}")
    if chain[0].not_valid_after_utc <= now:
        raise SetupError(f"the certificate in {certificate} has expired on {chain[0].not_valid_after_utc:%Y-%m-%d}")
    users.private_dir(folder)
    for name in ("ca.crt", "ca.key"):
        (folder / name).unlink(missing_ok=True)
    if authority is not None:
        _publish(folder / "ca.crt", authority)
    _install(folder, certificate.read_bytes(), key.read_bytes())
    return show(folder)


def show(folder: Path) -> Shown:
    """Return what is installed. Raises SetupError where nothing is, or it cannot be read."""
    pair = installed(folder)
    if pair is None:
        raise SetupError("TLS is not set up; make a certificate with: keitora tls make --host NAME")
    ca_file = folder / "ca.crt"
    try:
        certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
        authority = x509.load_pem_x509_certificate(ca_file.read_bytes()) if ca_file.is_file() else None
    except (OSError, ValueError) as error:
        raise SetupError(f"the certificate in {folder} cannot be read: {error}") from error
    return Shown(
        hosts=_hosts(certificate),
        expires_at=certificate.not_valid_after_utc,
        ca_file=ca_file if authority else None,
        fingerprint=authority.fingerprint(hashes.SHA256()).hex(":").upper() if authority else None,
    )


def _authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    try:
        certificate = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
    except FileNotFoundError:
        return _new_authority(folder, now)
    except ValueError as error:
        raise SetupError(f"the authority in {folder} is damaged: {error}; move ca.crt and ca.key aside") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate.not_valid_after_utc < now + _SERVER_LASTS:
        return _new_authority(folder, now)
    return certificate, key


def _new_authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = "Keitora home-made authority"
    signing = {"key_cert_sign": True, "crl_sign": True}
    others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    rest = dict.fromkeys((*others, "key_agreement", "encipher_only", "decipher_only"), False)
    certificate = (
        _begin(name, _named(name), key, now, now + _CA_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**signing, **rest), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(folder / "ca.key", _key_pem(key).decode())
    _publish(folder / "ca.crt", _pem(certificate))
    return certificate, key


def _begin(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not _NAME.fullmatch(name):
        raise SetupError(f"'{host}' is no name or address of a host")
    return x509.DNSName(name)


def _hosts(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
    return (*found.get_values_for_type(x509.DNSName), *addresses)


def _install(folder: Path, certificate: bytes, key: bytes) -> None:
    # The broker reads both when it is told to; what lies between is healed by running the command again.
    users.write_for_server(folder / "server.key", key.decode())
    users.write_for_server(folder / "server.crt", certificate.decode())


def _publish(path: Path, certificate: bytes) -> None:
    users.write_for_server(path, certificate.decode())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_bytes(key: object) -> bytes:
    found: bytes = key.public_bytes(  # type: ignore[attr-defined] # every public key has it
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return found

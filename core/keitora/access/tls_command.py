"""`keitora tls`."""

import argparse
from datetime import datetime
from pathlib import Path

from keitora.access import tls as certificates
from keitora.access.address import guess_host
from keitora.access.broker_folder import reload_broker
from keitora.access.tls_files import installed
from keitora.clock import utc_now
from keitora.local.paths import homes, make_dir
from keitora.settings import PublicSettings


def tls(argv: list[str]) -> int:
    """Make or install the broker's certificate, and show until when it holds."""
    parser = argparse.ArgumentParser(prog="keitora tls", description=tls.__doc__)
    parser.add_argument("--folder", type=Path, help="where the certificate is kept (default: that of `keitora up`)")
    actions = parser.add_subparsers(dest="action", required=True, metavar="make|use|show")
    make = actions.add_parser("make", help="a certificate signed by a home-made authority; again: renews it")
    make.add_argument("--host", nargs="+", default=[], metavar="NAME", help="names or addresses devices connect to")
    use = actions.add_parser("use", help="copy a certificate and key of your own; again after each renewal")
    use.add_argument("--cert", type=Path, required=True, metavar="FILE", help="the certificate with its chain (PEM)")
    use.add_argument("--key", type=Path, required=True, metavar="FILE", help="its key (PEM)")
    use.add_argument("--ca", type=Path, metavar="FILE", help="the authority's certificate, if devices do not know it")
    actions.add_parser("show", help="names, authority, and until when it holds; exit code 1 if it must be renewed")
    chosen = parser.parse_args(argv)
    folder: Path = chosen.folder or homes()[0].tls
    now = utc_now()
    if chosen.action == "show":
        return _tell(certificates.show(folder), now)
    make_dir(folder.parent)
    was_there = installed(folder) is not None
    if chosen.action == "make":
        _tell(certificates.make(folder, chosen.host or _hosts(folder), now), now)
    else:
        _tell(certificates.use(folder, chosen.cert, chosen.key, chosen.ca, now), now)
    print(_next_step(folder, was_there=was_there))
    return 0


def _hosts(folder: Path) -> list[str]:
    """Return the hosts of a first certificate if none are named: those devices are told, else our best guess."""
    if installed(folder):
        return []  # renewed for the same
    return [PublicSettings().public_host or guess_host()]


def _next_step(folder: Path, *, was_there: bool) -> str:
    broker = folder.parent / "mosquitto" if folder == homes()[0].tls else folder.parent
    if was_there and reload_broker(broker) == "told":
        return "The running broker uses it from now on."
    return "Start Keitora again (./keitora up --listen 0.0.0.0); then devices connect to port 8883 with TLS."


def _tell(shown: certificates.Shown, now: datetime) -> int:
    print(f"for          {', '.join(shown.hosts)}\nholds until  {shown.expires_at:%Y-%m-%d}")
    if shown.ca_file:
        print(f"authority    {shown.ca_file}\nfingerprint  SHA-256 {shown.fingerprint}")
    if shown.expires_at - now < certificates.WARN_WITHIN:
        print("It must be renewed: run keitora tls make (or use) again.")
        return 1
    return 0

"""Run `keitora up` or `keitora demo` with stand-ins for Keitora's own services."""

import sys
from pathlib import Path

from keitora import cli
from keitora.local import services

_STUB = Path(__file__).with_name("stub.py")


def stub_command(*words: str) -> list[str]:
    return [sys.executable, str(_STUB), *words]


services.command = stub_command
sys.exit(cli.main(sys.argv[1:]))

"""Run `keitora up` or `keitora demo` with stand-ins for Keitora's own services."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from keitora import cli
from keitora.local import services
from keitora.local.supervisor import Service

_STUB = Path(__file__).with_name("stub.py")


def stub_command(*words: str) -> list[str]:
    return [sys.executable, str(_STUB), *words]


def as_ourselves(*words: Any, **more: Any) -> Service:
    # The stand-in for Grafana needs this very Python, which may be root's alone.
    return replace(grafana(*words, **more), user=None)


grafana = services.grafana
services.grafana = as_ourselves
services.command = stub_command
sys.exit(cli.main(sys.argv[1:]))

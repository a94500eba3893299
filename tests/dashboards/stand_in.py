"""A folder that looks like an installed Grafana, with the small Grafana of the tests as its program.

`python -m tests.dashboards.stand_in server …` is that program: it takes its settings as Grafana does, keeps what it is
given in its data folder, and answers queries with the frames that Infinity would make.
"""

import base64
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from keitora.local.grafana import PLUGIN
from tests.dashboards.fake_grafana import Answer, FakeGrafana, Json, running
from tests.dashboards.infinity import Asked, ask, frame, plain

ROOT = Path(__file__).parents[2]
VERSION = "13.2.3"
_KEPT = ("folders", "datasources", "secrets", "dashboards", "rules", "contacts", "accounts")


def make_home(home: Path, *, version: str = VERSION, with_plugin: bool = True, program: str | None = None) -> Path:
    """Make the folder, readable by everybody, and return it; `program`: what is run instead of the small Grafana."""
    for name in ("bin", "conf", f"data/plugins/{PLUGIN}" if with_plugin else "data/plugins"):
        (home / name).mkdir(parents=True)
    (home / "conf" / "defaults.ini").touch()
    if with_plugin:
        (home / "data" / "plugins" / PLUGIN / "plugin.json").write_text("{}")
    usual = f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -m tests.dashboards.stand_in "$@"'
    (home / "bin" / "grafana").write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "grafana version {version}" && exit\n{program or usual}\n'
    )
    for path in (home, *home.rglob("*")):
        path.chmod(0o755)
    return home


class StandIn(FakeGrafana):
    """It remembers, and asks its data source as Infinity does."""

    def __init__(self, kept: Path, password: str) -> None:
        super().__init__()
        self.tokens = set()
        self.password = password
        self._kept = kept
        if kept.exists():
            found = json.loads(kept.read_text())
            self.tokens = set(found.pop("tokens"))
            for name, value in found.items():
                setattr(self, name, value)

    def answer(self, method: str, path: str, token: str | None, body: Json) -> Answer:
        if (method, path) == ("POST", "/api/ds/query"):
            return 200, {"results": {query["refId"]: self._query(query, body) for query in body["queries"]}}
        answered = super().answer(method, path, token, body)
        if path.endswith("/health") and "/uid/" in path:
            return self._check()
        if method != "GET":
            state = {name: getattr(self, name) for name in _KEPT}
            self._kept.write_text(json.dumps({**state, "tokens": sorted(self.tokens)}))
        return answered

    def _client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.datasources["keitora"]["url"])

    def _check(self) -> Answer:
        made = self.datasources["keitora"]
        with self._client() as client:
            answer = client.get(made["jsonData"]["customHealthCheckUrl"], headers=self._key())
        is_well = answer.status_code == 200
        return (200 if is_well else 400), {"status": "OK" if is_well else "ERROR", "message": str(answer.status_code)}

    def _key(self) -> dict[str, str]:
        return {"X-API-Key": self.secrets["keitora"]["apiKeyValue"]}

    def _query(self, query: Json, body: Json) -> Json:
        since, until = (datetime.fromtimestamp(int(body[end]) / 1000, UTC) for end in ("from", "to"))
        with self._client() as client:
            fields = frame(query, ask(client, query, Asked(since, until), self._key()))
        schema = [
            {
                "name": field.name,
                "type": "time" if field.type == "timestamp" else field.type,
                "labels": dict(field.labels),
            }
            for field in fields
        ]
        return {
            "status": 200,
            "frames": [{"schema": {"fields": schema}, "data": {"values": [plain(field) for field in fields]}}],
        }


def main(words: list[str]) -> None:
    """Serve until SIGTERM, which is kept from all threads but this one."""
    assert words[0] == "server", words
    options = dict(word.split("=", 1) for word in words[1:])
    assert (Path(options["--homepath"]) / "conf" / "defaults.ini").is_file()
    assert Path(options["--config"]).read_text()
    assert os.environ["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert not [name for name in os.environ if name.startswith("KEITORA_")]
    grafana = StandIn(Path(os.environ["GF_PATHS_DATA"]) / "kept.json", os.environ["GF_SECURITY_ADMIN_PASSWORD"])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    with running(grafana, port=int(os.environ["GF_SERVER_HTTP_PORT"])):
        signal.sigwait({signal.SIGTERM})


def basic(password: str) -> dict[str, str]:
    """Return how the administrator comes in."""
    return {"Authorization": "Basic " + base64.b64encode(f"admin:{password}".encode()).decode()}


if __name__ == "__main__":
    main(sys.argv[1:])

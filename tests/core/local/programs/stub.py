"""Stand in for Keitora's own services: the words decide what is done."""

import http.server
import json
import os
import signal
import sys
from pathlib import Path

import psycopg


class Healthz(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"{}"
        self.send_response(200 if self.path == "/healthz" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        pass


def migrate() -> None:
    with psycopg.connect(os.environ["KEITORA_DATABASE_URL"]) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        for role in ("keitora_ingestor", "keitora_api"):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
                connection.execute(f"CREATE ROLE {role} NOLOGIN")


def main(words: list[str]) -> None:
    if words == ["migrate"]:
        migrate()
    elif words[:2] == ["sim", "register"]:
        print(json.dumps({"fleet": {"name": "demo"}, "keys": {"manager": "m", "driver": "d", "grafana": "g"}}))
    elif words[:2] == ["key", "create"]:
        print(json.dumps({"key": "mine"}))
    elif words[:2] == ["person", "link"]:
        print(json.dumps({"path": "/join#token=once" if "--visitor" in words else None}))
    elif words == ["dashboards", "push"]:
        told = {name: value for name, value in os.environ.items() if name.startswith("KEITORA_GRAFANA_")}
        del told["KEITORA_GRAFANA_HOME"]
        Path("pushed.json").write_text(json.dumps(told))
    elif words == ["api"]:
        address = (os.environ["KEITORA_API_HOST"], int(os.environ["KEITORA_API_PORT"]))
        http.server.HTTPServer(address, Healthz).serve_forever()
    else:
        # The service's own address must let it in.
        psycopg.connect(os.environ["KEITORA_DATABASE_URL"]).close()
        signal.pause()


main(sys.argv[1:])

"""A small Grafana on the loopback: the endpoints we use, with the answers of Grafana 13."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Json = dict[str, Any]
Answer = tuple[int, Any]

TOKEN = "glsa_for-tests"
HTML = "text/html; charset=utf-8"


class FakeGrafana:
    """What a Grafana keeps, and every request it got."""

    def __init__(self) -> None:
        self.folders: dict[str, Json] = {}
        self.datasources: dict[str, Json] = {}
        self.secrets: dict[str, Json] = {}
        self.dashboards: dict[str, Json] = {}
        self.rules: dict[str, Json] = {}
        self.contacts: list[Json] = []
        self.accounts: list[Json] = []
        self.tokens = {TOKEN}
        self.password: str | None = None
        self.requests: list[tuple[str, str]] = []
        self.starting_count = 0
        self.health: Answer = (200, {"status": "OK", "message": "Health check successful"})
        self.broken: Answer | None = None
        self.url = ""

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path in self.requests if method != "GET"]

    def answer(self, method: str, path: str, token: str | None, body: Json) -> Answer:
        self.requests.append((method, path))
        if path == "/api/health":
            return self._health()
        if path == "/login" or path.startswith("/d/"):
            return self._page(method, path, body)
        if not self._is_let_in(token):
            return 401, {"message": "Invalid API key"}
        if self.broken and method != "GET":
            return self.broken
        for pattern, handle in self._routes():
            if found := re.fullmatch(pattern, f"{method} {path}"):
                return handle(found, body)
        return 404, {"message": "Not found"}

    def _health(self) -> Answer:
        if self.starting_count:
            self.starting_count -= 1
            return 503, {"database": "failing"}
        return 200, {"database": "ok", "version": "13.2.3"}

    def _is_let_in(self, authorization: str | None) -> bool:
        basic = base64.b64encode(f"admin:{self.password}".encode()).decode()
        return authorization in {f"Bearer {token}" for token in self.tokens} | (
            {f"Basic {basic}"} if self.password else set()
        )

    def _page(self, method: str, path: str, body: Json) -> Answer:
        if method == "POST":
            is_known = body == {"user": "admin", "password": self.password}
            return (200, {"message": "Logged in"}) if is_known else (401, {"message": "Invalid username or password"})
        kept = self.dashboards.get(path.split("?", 1)[0].split("/")[2]) if path.startswith("/d/") else None
        title = kept["dashboard"]["title"] if kept else "Grafana"
        return 200, f"<title>{title} - Keitora - Dashboards - Grafana</title><section>{title}</section>"

    def _routes(self) -> list[tuple[str, Callable[[re.Match[str], Json], Answer]]]:
        return [
            (r"GET /api/org", lambda _, __: (200, {"id": 1, "name": "Main Org."})),
            (r"POST /api/serviceaccounts", lambda _, body: self._create_account(body)),
            (r"GET /api/serviceaccounts/search\?.*", lambda _, __: (200, {"serviceAccounts": self.accounts})),
            (r"POST /api/serviceaccounts/(\d+)/tokens", lambda _, body: self._create_token(body)),
            (r"GET /api/folders/([^/]+)", lambda found, _: _found(self.folders, found[1])),
            (r"POST /api/folders", lambda _, body: self._create_folder(body)),
            (r"PUT /api/folders/([^/]+)", self._rename_folder),
            (r"GET /api/datasources/uid/([^/]+)", lambda found, _: _found(self.datasources, found[1])),
            (r"POST /api/datasources", lambda _, body: self._create_datasource(body)),
            (r"PUT /api/datasources/uid/([^/]+)", lambda found, body: self._keep_datasource(found[1], body)),
            (r"GET /api/datasources/uid/([^/]+)/health", lambda _, __: self.health),
            (r"GET /api/dashboards/uid/([^/]+)", lambda found, _: _found(self.dashboards, found[1])),
            (r"POST /api/dashboards/db", lambda _, body: self._save_dashboard(body)),
            (r"GET /api/v1/provisioning/alert-rules/([^/]+)", lambda found, _: _found(self.rules, found[1])),
            (r"POST /api/v1/provisioning/alert-rules", lambda _, body: self._keep_rule(body, 201)),
            (r"PUT /api/v1/provisioning/alert-rules/([^/]+)", lambda _, body: self._keep_rule(body, 200)),
            (r"GET /api/v1/provisioning/contact-points", lambda _, __: (200, self.contacts)),
            (r"POST /api/v1/provisioning/contact-points", lambda _, body: self._keep_contact(body)),
            (r"PUT /api/v1/provisioning/contact-points/([^/]+)", lambda _, body: self._keep_contact(body)),
        ]

    def _create_account(self, body: Json) -> Answer:
        if body["name"] in {one["name"] for one in self.accounts}:
            return 400, {"message": "service account already exists"}
        self.accounts.append({"id": len(self.accounts) + 2, **body})
        return 201, self.accounts[-1]

    def _create_token(self, body: Json) -> Answer:
        made = f"glsa_{body['name']}"
        self.tokens.add(made)
        return 200, {"id": 1, "name": body["name"], "key": made}

    def _create_folder(self, body: Json) -> Answer:
        if body["uid"] in self.folders:
            return 412, {"message": "the folder has been changed by someone else"}
        self.folders[body["uid"]] = {"id": 7, **body, "version": 1}
        return 200, self.folders[body["uid"]]

    def _rename_folder(self, found: re.Match[str], body: Json) -> Answer:
        assert body["overwrite"] is True
        self.folders[found[1]]["title"] = body["title"]
        return 200, self.folders[found[1]]

    def _create_datasource(self, body: Json) -> Answer:
        names = {kept["name"] for kept in self.datasources.values()}
        if body["name"] in names or body["uid"] in self.datasources:
            return 409, {"message": "data source with the same name already exists"}
        return self._keep_datasource(body["uid"], body)

    def _keep_datasource(self, uid: str, body: Json) -> Answer:
        secret = {**self.secrets.get(uid, {}), **body.pop("secureJsonData", {})}
        self.secrets[uid] = secret
        self.datasources[uid] = {
            **body,
            "id": 3,
            "orgId": 1,
            "basicAuth": False,
            "version": 1,
            "readOnly": False,
            "secureJsonFields": dict.fromkeys(secret, True),
        }
        return 200, {"datasource": self.datasources[uid], "message": "Datasource added"}

    def _keep_rule(self, body: Json, status: int) -> Answer:
        if body["folderUID"] not in self.folders:
            return 400, {"message": "folder does not exist"}
        receiver = body.get("notification_settings", {}).get("receiver")
        if receiver and receiver not in {one["name"] for one in self.contacts}:
            return 400, {"message": f"receiver {receiver} does not exist"}
        queries = [
            {**query, "model": {**query["model"], "intervalMs": 1000, "maxDataPoints": 43200}} for query in body["data"]
        ]
        self.rules[body["uid"]] = {**body, "id": 5, "data": queries, "updated": "2026-11-22T03:00:00Z"}
        return status, self.rules[body["uid"]]

    def _keep_contact(self, body: Json) -> Answer:
        self.contacts = [one for one in self.contacts if one["uid"] != body["uid"]]
        self.contacts.append({**body, "provenance": ""})
        return 202, body

    def _save_dashboard(self, body: Json) -> Answer:
        made = body["dashboard"]
        old = self.dashboards.get(made["uid"])
        if old and not body["overwrite"]:
            return 412, {"message": "The dashboard has been changed by someone else"}
        if body["folderUid"] not in self.folders:
            return 404, {"message": "folder not found"}
        version = old["dashboard"]["version"] + 1 if old else 1
        self.dashboards[made["uid"]] = {
            "dashboard": {**made, "id": 12, "version": version},
            "meta": {"folderUid": body["folderUid"], "provisioned": False},
        }
        return 200, {"uid": made["uid"], "status": "success", "version": version}


def _found(kept: dict[str, Json], uid: str) -> Answer:
    return (200, kept[uid]) if uid in kept else (404, {"message": "not found"})


@contextmanager
def running(grafana: FakeGrafana, prefix: str = "", port: int = 0) -> Iterator[FakeGrafana]:
    """Serve it on a port of the loopback (0: a free one), below `prefix`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_PUT(self) -> None:
            self._serve()

        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.removeprefix(prefix)
            status, body = grafana.answer(
                self.command, path, self.headers.get("Authorization"), json.loads(raw) if raw else {}
            )
            text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", HTML if isinstance(body, str) else "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class names it so
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    grafana.url = f"http://127.0.0.1:{server.server_port}{prefix}"
    try:
        yield grafana
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def answering(body: Json) -> Iterator[str]:
    """Serve one answer to everything on a free port of the loopback; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class names it so
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""A private Grafana: found on this machine, told where it may write, and who may come in."""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from keitora.errors import SetupError
from keitora.local import users
from keitora.local.files import read_private, write_private

ADMIN: Final = "admin"
ADMIN_PASSWORD: Final = "grafana-admin"  # noqa: S105 -- a name
"""By which name the first password of that user is kept."""
PLUGIN: Final = "yesoreyeram-infinity-datasource"
PLUGIN_VERSION: Final = "3.11.1"
OLDEST: Final = (12, 4)
_HOMES: Final = ("/usr/share/grafana", "/usr/local/share/grafana", "/opt/grafana")
_PLUGIN_FOLDERS: Final = ("/var/lib/grafana/plugins",)
_INI: Final = """\
; Your own settings for this Grafana, as its documentation describes them: [smtp] for alerts by e-mail, for instance.
; Keitora itself sets addresses, paths, the first password and that nobody comes in without one.
"""


@dataclass(frozen=True, slots=True)
class GrafanaServer:
    """A Grafana that can be started, and the folder in which it finds the plugin our dashboards need."""

    program: Path
    home: Path
    version: str
    plugins: Path


def find(private: Path) -> GrafanaServer | None:
    """Return the Grafana of this machine, or None: KEITORA_GRAFANA_HOME, else on the PATH, else where packages put it.

    `private` is the folder of our own Grafana, whose `plugins` are looked through first. Raises SetupError, saying what
    to do, for one that is too old or lacks the plugin, and for a KEITORA_GRAFANA_HOME that is none.
    """
    named = os.environ.get("KEITORA_GRAFANA_HOME")
    homes = [Path(named).expanduser().absolute()] if named else [*_homes()]
    home = next((path for path in homes if _is_home(path)), None)
    if home is None:
        if named:
            raise SetupError(f"KEITORA_GRAFANA_HOME={named} has no bin/grafana with conf/defaults.ini beside it")
        return None
    program = home / "bin" / "grafana"
    version = _version(program)
    if version is None:
        raise SetupError(f"{program} does not run")
    if _numbers(version) < OLDEST:
        raise SetupError(f"Grafana {version} is too old; 12.4 or newer is needed ({program})")
    return GrafanaServer(program, home, version, _plugins(program, home, private))


def _homes() -> Iterator[Path]:
    if on_path := shutil.which("grafana"):
        yield Path(on_path).resolve().parents[1]
        # A package manager's link: its programs and its data lie apart.
        yield Path(on_path).resolve().parents[1] / "share" / "grafana"
    yield from map(Path, _HOMES)


def _is_home(home: Path) -> bool:
    return os.access(home / "bin" / "grafana", os.X_OK) and os.path.isfile(home / "conf" / "defaults.ini")  # noqa: PTH113 -- a folder that may not be entered has none


def _version(program: Path) -> str | None:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\b\d+\.\d+(?:\.\d+)?", done.stdout)
    return found[0] if found and done.returncode == 0 else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _plugins(program: Path, home: Path, private: Path) -> Path:
    own = private / "plugins"
    told = os.environ.get("GF_PATHS_PLUGINS")
    for folder in [Path(told)] if told else [own, home / "data" / "plugins", *map(Path, _PLUGIN_FOLDERS)]:
        if any(os.path.isfile(folder / PLUGIN / inside) for inside in ("plugin.json", "dist/plugin.json")):  # noqa: PTH113 -- as above
            return folder
    raise SetupError(
        "Grafana lacks the plugin Infinity, by which it reads the API; install it, then start again:\n"
        f"  {program} cli --homepath {home} --pluginsDir {own} plugins install {PLUGIN} {PLUGIN_VERSION}"
    )


def prepare(folder: Path) -> None:
    """Make the folders Grafana writes to, and a file for settings of the user's own, unless they are there."""
    users.private_dir(folder)
    for name in ("data", "logs", "provisioning", "plugins"):
        users.private_dir(folder / name)
    if not (folder / "grafana.ini").exists():
        users.write_for_server(folder / "grafana.ini", _INI)
    if read_private(folder / "secret_key") is None:
        write_private(folder / "secret_key", secrets.token_urlsafe(32))


def command(server: GrafanaServer, folder: Path) -> list[str]:
    """Return how it is started. Its settings are in the file, and above these in the environment."""
    return [str(server.program), "server", f"--homepath={server.home}", f"--config={folder / 'grafana.ini'}"]


def environment(server: GrafanaServer, folder: Path, *, host: str, port: int, password: str) -> Mapping[str, str]:
    """Return Grafana's environment: ours but for what is Keitora's own, and the settings we insist on.

    The password is the first one of `admin`; Grafana keeps what it is changed to.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KEITORA_")}
    ours = {
        "SERVER_PROTOCOL": "http",
        "SERVER_HTTP_ADDR": host,
        "SERVER_HTTP_PORT": str(port),
        "PATHS_DATA": str(folder / "data"),
        "PATHS_LOGS": str(folder / "logs"),
        "PATHS_PLUGINS": str(server.plugins),
        # Not that of a Grafana of the system's own.
        "PATHS_PROVISIONING": str(folder / "provisioning"),
        "LOG_MODE": "console",
        "SECURITY_ADMIN_USER": ADMIN,
        "SECURITY_ADMIN_PASSWORD": password,
        "SECURITY_SECRET_KEY": (read_private(folder / "secret_key") or "").strip(),
        "USERS_ALLOW_SIGN_UP": "false",
        "AUTH_ANONYMOUS_ENABLED": "false",
        "ANALYTICS_REPORTING_ENABLED": "false",
        "ANALYTICS_CHECK_FOR_UPDATES": "false",
        "ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "NEWS_NEWS_FEED_ENABLED": "false",
        "DATE_FORMATS_USE_BROWSER_LOCALE": "true",
        # Nothing is fetched at a start.
        "PLUGINS_PREINSTALL_DISABLED": "true",
    }
    return {**kept, **{f"GF_{name}": value for name, value in ours.items()}}

"""What docker compose runs once at every start: `prepare.py database`, `broker` or `demo`. Again is harmless."""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Final

import psycopg
from pydantic import Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from keitora import secret_files
from keitora.access.tls_files import installed
from keitora.access.wallet import Wallet
from keitora.db.migrate import migrate
from keitora.errors import KeitoraError, SetupError
from keitora.fleets.model import Fleet
from keitora.fleets.queries import create_fleet, find_fleet, keep_key, list_keys
from keitora.local import credentials, mosquitto
from keitora.local.mosquitto import Address, Encrypted, Listeners
from keitora.local.queries import allow_login
from keitora.people.first import owners_link, visitors_link
from keitora.settings import ApiSettings, DatabaseSettings
from keitora_sim.demo.fleet import scenario
from keitora_sim.demo.register import let_in, register

_ENV: Final = SettingsConfigDict(env_prefix="KEITORA_", extra="ignore", frozen=True)
_BROKER: Final = Path("/mosquitto/data")
_PASSWORD: Final = re.compile(r"[A-Za-z0-9._~-]{16,}")

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class FleetSettings(DatabaseSettings):
    """The owner's database, the services' passwords, and what Grafana shows."""

    ingestor_password: SecretStr = Field(description="Of the database role of ingestor and derive workers")
    api_password: SecretStr = Field(description="Of the API's database role")
    grafana_key: SecretStr = Field(description="By which Grafana reads the API")
    fleet_name: Name = Field(description="The fleet Grafana shows; made where missing")
    fleet_time_zone: str = Field(description="Of a fleet that is made")


class DemoSettings(FleetSettings):
    """Of the demo farm as well."""

    logins_file: Path = Field(description="Where the simulated trucks find their logins")


class BrokerSettings(BaseSettings):
    """The broker's own user; the devices' come from the database."""

    model_config = _ENV

    mqtt_ingestor_password: SecretStr = Field(description="May read everything")


def word(name: str, secret: SecretStr) -> str:
    """Return a password. Raises SetupError if it could not stand in an address, or is short."""
    value = secret.get_secret_value()
    if not _PASSWORD.fullmatch(value):
        raise SetupError(f"{name} must have at least 16 of A-Z a-z 0-9 . _ ~ - and nothing else")
    return value


def database() -> None:
    """Bring the schema up to date, let the services in, and give Grafana its key."""
    settings = FleetSettings()
    owner = settings.conninfo()
    migrate(owner)
    allow_login(owner, credentials.INGESTOR_ROLE, word("KEITORA_INGESTOR_PASSWORD", settings.ingestor_password))
    allow_login(owner, credentials.API_ROLE, word("KEITORA_API_PASSWORD", settings.api_password))
    with psycopg.connect(owner) as conn:
        fleet = find_fleet(conn, settings.fleet_name)
        if fleet is None:
            fleet = create_fleet(conn, name=settings.fleet_name, time_zone=settings.fleet_time_zone)
        _keep_key(conn, fleet, settings)
    print(f"The schema is up to date; Grafana shows the fleet '{fleet.name}'.")
    tell_link(owner, fleet, owners_link)


def demo() -> None:
    """Make the demo farm unless it is there, give its trucks logins, and show it in Grafana."""
    settings = DemoSettings()
    with psycopg.connect(settings.conninfo()) as conn:
        fleet = find_fleet(conn, scenario().fleet)
        # It makes new keys every time, so only while nobody has one.
        if fleet is None or not _has_manager(conn, fleet):
            for who, token in register(conn).keys.items():
                print(f"{who + ' key':<12}{token}")
        fleet = find_fleet(conn, scenario().fleet)
        if fleet is not None:
            _keep_key(conn, fleet, settings)
        let_in(conn, Wallet(settings.logins_file))
    print(f"Grafana shows the fleet '{scenario().fleet}'.")
    if fleet is not None:
        tell_link(settings.conninfo(), fleet, visitors_link)


def tell_link(
    conninfo: str, fleet: Fleet, make: Callable[[psycopg.AsyncConnection, Fleet], Awaitable[str | None]]
) -> None:
    """Print the one-time link of the first manager, or of a demo's visitor; nothing if nobody needs one."""

    async def made() -> str | None:
        async with await psycopg.AsyncConnection.connect(conninfo) as conn:
            return await make(conn, fleet)

    path = asyncio.run(made())
    if path is not None:
        base = ApiSettings().public_url or "http://localhost:8080"
        print(f"'{fleet.name}' is opened by this link, once: {base}{path}")


def broker() -> None:
    """Write the broker's configuration and its own user; the devices' users stay as they were last written."""
    settings = BrokerSettings()
    password = word("KEITORA_MQTT_INGESTOR_PASSWORD", settings.mqtt_ingestor_password)
    mosquitto.prepare(_BROKER, broker_listeners(_BROKER / "tls"), mosquitto.ingestor(password))
    print("The broker's configuration is written.")


def broker_listeners(certificates: Path) -> Listeners:
    """Return where the broker listens in its container; with TLS once there is a certificate."""
    pair = installed(certificates)
    return Listeners(
        internal=Address("0.0.0.0", 1884),
        devices=Address("0.0.0.0", 1883),
        encrypted=Encrypted(Address("0.0.0.0", 8883), pair.certificate, pair.key) if pair else None,
    )


def _has_manager(conn: psycopg.Connection, fleet: Fleet) -> bool:
    return any(key.role == "manager" for key in list_keys(conn, fleet_id=fleet.fleet_id))


def _keep_key(conn: psycopg.Connection, fleet: Fleet, settings: FleetSettings) -> None:
    token = word("KEITORA_GRAFANA_KEY", settings.grafana_key)
    # The key is a file of the installation and may change fleets with it.
    keep_key(conn, fleet_id=fleet.fleet_id, name="grafana", role="viewer", token=token)


STEPS: Final[dict[str, Callable[[], None]]] = {"database": database, "broker": broker, "demo": demo}


def main(argv: list[str]) -> int:
    """Run one step; return 0, or 1 after a message."""
    if len(argv) != 1 or argv[0] not in STEPS:
        print(f"prepare.py {'|'.join(STEPS)}", file=sys.stderr)
        return 2
    try:
        secret_files.take()
        STEPS[argv[0]]()
    except ValidationError as error:
        print("; ".join(f"KEITORA_{e['loc'][0]}".upper() + f": {e['msg']}" for e in error.errors()), file=sys.stderr)
        return 1
    except (KeitoraError, psycopg.Error, OSError) as error:
        print(f"prepare.py {argv[0]}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

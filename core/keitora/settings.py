"""Settings read from the environment, one small class per concern, built once at the start of a process."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

from pydantic import AnyUrl, Field, PostgresDsn, SecretStr, UrlConstraints, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_ENV: Final = SettingsConfigDict(env_prefix="KEITORA_", extra="ignore", frozen=True)

SHORTEST_KEEP_DAYS: Final = 31
"""Late samples must have time to come, and a month's report to be made."""
LONGEST_KEEP_DAYS: Final = 36_500

MqttUrl = Annotated[AnyUrl, UrlConstraints(allowed_schemes=["mqtt", "mqtts"], default_port=1883)]


class DatabaseSettings(BaseSettings):
    """Where the database is."""

    model_config = _ENV

    database_url: SecretStr = Field(
        description="PostgreSQL with TimescaleDB, as postgresql://user:password@host:port/name"
    )
    database_patience_s: float = Field(
        default=60, gt=0, description="A batch that takes the database longer is tried again over a new connection (s)"
    )

    def conninfo(self) -> str:
        """Return the connection string, password included."""
        return str(PostgresDsn(self.database_url.get_secret_value()))


class StorageSettings(BaseSettings):
    """How samples are kept."""

    model_config = SettingsConfigDict(**_ENV, env_ignore_empty=True)

    pack_samples_after_days: int = Field(
        default=14,
        ge=0,
        description="Weeks of samples this old are compressed (Community edition of TimescaleDB) or get a dense index "
        "(Apache edition); 0: never (days)",
    )
    keep_samples_days: int = Field(
        default=0,
        ge=0,
        le=LONGEST_KEEP_DAYS,
        description="Samples older than this are dropped, while all that was derived of them stays; at least 31, "
        "0: kept for ever (days). A fleet may set its own: `keitora fleet set --keep-samples-days`",
    )

    @field_validator("keep_samples_days")
    @classmethod
    def _at_least_a_month(cls, days: int) -> int:
        if 0 < days < SHORTEST_KEEP_DAYS:
            raise ValueError(f"samples are kept for {SHORTEST_KEEP_DAYS} days at least, or 0 for ever")
        return days


class MqttSettings(BaseSettings):
    """Where the broker is, and how much of it one ingestor takes at a time."""

    model_config = _ENV

    mqtt_url: SecretStr = Field(description="The broker, as mqtt://user:password@host:port")
    mqtt_ca_file: Path | None = Field(
        default=None, description="Certificates to trust the broker by (mqtts://), where it is not the system's"
    )
    mqtt_client_id: str = Field(default="keitora-ingestor", description="Session name; one for each ingestor")
    mqtt_share: str = Field(default="keitora", description="Shared-subscription group of the ingestors")
    mqtt_receive_maximum: int = Field(default=8000, ge=1, le=65535, description="Messages in flight before commit")
    mqtt_inbox_bytes: int = Field(
        default=64 * 2**20, ge=1, description="Messages waiting for the database are held up to this size (bytes)"
    )
    mqtt_keepalive_s: int = Field(
        default=15, ge=1, le=65535, description="A silent broker is given up after twice this time (s)"
    )
    mqtt_session_expiry_s: int = Field(default=7 * 86400, ge=0, description="How long the broker keeps for us (s)")

    def url(self) -> AnyUrl:
        """Return the parsed broker address."""
        return AnyUrl(self.mqtt_url.get_secret_value())


def mqtt_port(url: AnyUrl) -> int:
    """Return the port of a broker's address: 8883 with TLS and 1883 without, where it names none."""
    return url.port or (8883 if url.scheme == "mqtts" else 1883)


class PublicSettings(BaseSettings):
    """What devices are told of the broker and the HTTP receiver, and where the broker listens for them."""

    model_config = SettingsConfigDict(**_ENV, env_ignore_empty=True)

    public_host: str | None = Field(
        default=None, description="Name or address by which phones and loggers reach this box; a guess if not set"
    )
    public_mqtt_port: int | None = Field(
        default=None, ge=1, le=65535, description="Port they are told; that of the running broker if not set"
    )
    public_mqtt_tls: bool | None = Field(
        default=None, description="Whether they are told to use TLS; if the running broker does, if not set"
    )
    public_receive_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^?#\s]*[^/?#\s]$",
        description="How phones reach the HTTP receiver, e.g. `https://trucks.example.org`; a guess if not set",
    )
    mqtt_plain_listen: str | None = Field(
        default=None,
        description="Address of `keitora up`'s listener without TLS; that of --listen, or 127.0.0.1 if there is TLS",
    )


class MappingSettings(BaseSettings):
    """Where home-made topics are described."""

    model_config = _ENV

    mapping_file: Path | None = Field(
        default=None, description="TOML file that maps home-made topics to signals (docs/reference/generic-mapper.md)"
    )


class IngestSettings(MappingSettings):
    """Bounds on what a logger may send."""

    model_config = _ENV

    max_payload_bytes: int = Field(default=256 * 1024, description="Largest message accepted, as received (bytes)")
    max_body_bytes: int = Field(default=1024 * 1024, description="Largest message accepted, decompressed (bytes)")
    max_rows: int = Field(default=10_000, description="Most rows in one message")
    earliest_sample_at: datetime = Field(
        default=datetime(2010, 1, 1, tzinfo=UTC),
        description="Older sample times are clock errors; a GPS week rollover lands 1,024 weeks (19.6 years) back",
    )
    future_tolerance_s: int = Field(
        default=300, description="Sample times further ahead than this are clock errors (s)"
    )
    dead_letter_days: int = Field(
        default=90, ge=1, description="How long a message that could not be stored is kept after it last came (days)"
    )
    owntracks_keys_file: Path | None = Field(
        default=None, description='TOML file with a line `"user/device" = "passphrase"` for each phone that encrypts'
    )
    flood_rows_per_s: float = Field(
        default=20, ge=0, description="Rows a device may send for good (per second); 0: no limit"
    )
    flood_burst_rows: float = Field(
        default=1_000_000,
        gt=0,
        description="Rows a device may send at once; a month of eight-hour days at 1 Hz is 864,000",
    )
    flood_bytes_per_s: float = Field(
        default=32 * 1024, ge=0, description="Bytes a device may send for good (per second); 0: no limit"
    )
    flood_burst_bytes: float = Field(default=256 * 1024 * 1024, gt=0, description="Bytes a device may send at once")
    batch_messages: int = Field(default=2000, ge=1, description="Messages in one transaction at most")
    batch_bytes: int = Field(default=4 * 2**20, ge=1, description="Bytes of messages in one transaction, about")
    writers: int = Field(default=2, ge=1, le=16, description="Transactions side by side: one decodes, one is stored")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="Port for Prometheus at /metrics; 0 is none")
    metrics_host: str = Field(default="127.0.0.1", description="Address the metrics are shown at")
    batch_wait_ms: int = Field(default=25, description="How long a first message waits for company (ms)")


class ApiSettings(BaseSettings):
    """Where the API listens, and by which address people reach its pages."""

    model_config = SettingsConfigDict(**_ENV, env_ignore_empty=True)

    api_host: str = Field(default="127.0.0.1", description="Address the API listens on")
    api_port: int = Field(default=8000, description="Port the API listens on")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^?#\s]*[^/?#\s]$",
        description="How people reach the pages, e.g. `https://trucks.example.org`; links are made of it",
    )

"""The API's settings, from the environment (prefix `KEITORA_`)."""

from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from keitora.settings import ApiSettings, DatabaseSettings


class ServiceSettings(ApiSettings, DatabaseSettings):
    """Where the API listens, where its database is, and what its front page may load."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    api_workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Processes that answer requests; more only where cores are to spare, for each takes memory and its "
        "own database connections",
    )
    database_pool_size: int = Field(default=8, ge=1, le=100, description="Database connections of each process at most")
    api_trusted_proxies: str = Field(
        default="127.0.0.1", description="Addresses of reverse proxies whose X-Forwarded-For is believed, by commas"
    )
    api_connections: int = Field(
        default=2000,
        ge=10,
        le=100_000,
        description="Open connections of a worker at most; the longest waiting makes room",
    )
    api_connections_an_address: int = Field(
        default=500, ge=5, le=100_000, description="Of them from one address at most, other than a trusted proxy's"
    )
    max_request_bytes: int = Field(default=2 * 2**20, ge=1024, description="Largest body of a request (bytes)")
    request_arrives_within_s: float = Field(
        default=30, gt=0, description="A request whose body has not arrived after so long is given up (s)"
    )
    answered_within_s: float = Field(
        default=20, gt=0, description="A request whose answer has not begun after so long is given up (s)"
    )
    tile_url: str | None = Field(
        default=None,
        description="Map tiles people may switch on, as https://host/{z}/{x}/{y}.png; without it there are none",
    )
    tile_attribution: str = Field(default="© OpenStreetMap contributors", description="Whose tiles they are")

    @field_validator("tile_url")
    @classmethod
    def _is_template(cls, value: str | None) -> str | None:
        if not value:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or {"{z}", "{x}", "{y}"} - _places(value):
            raise ValueError("a tile address looks like https://host/{z}/{x}/{y}.png")
        return value

    def tile_origin(self) -> str | None:
        """Return scheme, host and port of the tiles: the one foreign place the front page may load from."""
        if self.tile_url is None:
            return None
        parts = urlsplit(self.tile_url)
        return f"{parts.scheme}://{parts.netloc}"


def _places(template: str) -> set[str]:
    return {place for place in ("{z}", "{x}", "{y}") if place in template}

"""Where Grafana is, and how it reaches the API: from the environment (prefix `KEITORA_`)."""

from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_ENV: Final = SettingsConfigDict(env_prefix="KEITORA_", extra="ignore", frozen=True)


class GrafanaSettings(BaseSettings):
    """A Grafana that dashboards are pushed to."""

    model_config = _ENV

    grafana_url: str = Field(default="http://localhost:3000", description="The Grafana dashboards are pushed to")
    grafana_token: SecretStr | None = Field(default=None, description="Its service account token, `glsa_…`")
    grafana_api_url: str | None = Field(default=None, description="The API's address, as Grafana's server reaches it")
    grafana_key: SecretStr | None = Field(default=None, description="A key of the role viewer, for Grafana, `kt_…`")

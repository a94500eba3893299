"""Where Grafana is, how it reaches the API, and who is told of alerts: from the environment (prefix `KEITORA_`)."""

from typing import Final, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from keitora_dashboards.reader import Language

_ENV: Final = SettingsConfigDict(env_prefix="KEITORA_", extra="ignore", frozen=True)


class GrafanaSettings(BaseSettings):
    """A Grafana that dashboards are pushed to."""

    model_config = _ENV

    grafana_url: str = Field(default="http://localhost:3000", description="The Grafana dashboards are pushed to")
    grafana_token: SecretStr | None = Field(default=None, description="Its service account token, `glsa_…`")
    grafana_api_url: str | None = Field(default=None, description="The API's address, as Grafana's server reaches it")
    grafana_key: SecretStr | None = Field(default=None, description="A key of the role viewer, for Grafana, `kt_…`")


class ReaderSettings(BaseSettings):
    """What the dashboards count in, where the fleet itself is not asked."""

    model_config = _ENV

    units: str | None = Field(default=None, description="`km-per-l`, `l-per-100km` or `us`")
    currency: str | None = Field(default=None, description="ISO 4217 code such as JPY, EUR, USD")
    fleet_time_zone: str | None = Field(default=None, description="Of the time axes; the reader's own unless said")


class AlertSettings(BaseSettings):
    """Who is told of alerts."""

    model_config = _ENV

    alert_webhook: str | None = Field(default=None, description="An address that Grafana posts alerts to")
    alert_language: Language | Literal[""] = Field(default="", description="`en` or `ja`; the fleet's unless said")
    alert_emails: str | None = Field(default=None, description="E-mail addresses, by commas; Grafana needs SMTP")

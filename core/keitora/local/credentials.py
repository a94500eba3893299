"""Passwords and API keys of one home: made once, kept in a file only its owner may read."""

import secrets
from typing import Final

from pydantic import BaseModel, Field, ValidationError

from keitora.errors import SetupError
from keitora.local import grafana, mosquitto, postgres
from keitora.local.files import read_private, write_private
from keitora.local.paths import Home

INGESTOR_ROLE: Final = "keitora_ingestor"
API_ROLE: Final = "keitora_api"

_PASSWORD_BYTES: Final = 24
_USERS: Final = (postgres.OWNER, INGESTOR_ROLE, API_ROLE, mosquitto.INGESTOR, grafana.ADMIN_PASSWORD)


class Credentials(BaseModel):
    """What opens this installation's doors."""

    passwords: dict[str, str] = Field(
        default_factory=dict, description="By user of the database, the broker or Grafana"
    )
    keys: dict[str, str] = Field(default_factory=dict, description="API keys by role")
    grafana_token: str | None = Field(default=None, description="Of the service account that pushes dashboards")

    def save(self, home: Home) -> None:
        """Write them to the home."""
        write_private(home.secrets_file, self.model_dump_json(indent=2))


def load(home: Home) -> Credentials:
    """Return the home's credentials, making the passwords that are missing.

    Raises SetupError if the file is damaged, or lost while there are data that only it opens.
    """
    text = read_private(home.secrets_file)
    if text is None and (home.postgres / "PG_VERSION").exists():
        raise SetupError(f"{home.secrets_file} is gone, and with it the database's password; move {home.path} aside")
    try:
        found = Credentials.model_validate_json(text) if text else Credentials()
    except ValidationError as error:
        raise SetupError(
            f"{home.secrets_file} is damaged: {error.error_count()} errors; restore or remove it"
        ) from error
    for user in _USERS:
        found.passwords.setdefault(user, secrets.token_urlsafe(_PASSWORD_BYTES))
    found.save(home)
    return found

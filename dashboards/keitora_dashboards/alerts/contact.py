"""Where our alerts go: a webhook, e-mail addresses, both, or wherever Grafana sends the rest. Pure."""

from dataclasses import dataclass
from typing import Final

from keitora_dashboards.query import Json

CONTACT_NAME: Final = "Keitora"


@dataclass(frozen=True, slots=True)
class Contact:
    """Who is told. Integrations of one name are one contact point of Grafana."""

    webhook: str | None = None
    emails: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anybody is."""
        return bool(self.webhook or self.emails)

    def as_json(self) -> list[Json]:
        """Return the integrations, as Grafana's provisioning API takes them."""
        made: list[Json] = []
        if self.webhook:
            settings: Json = {"url": self.webhook, "httpMethod": "POST"}
            made.append(_integration("keitora-webhook", "webhook", settings))
        if self.emails:
            settings = {"addresses": ";".join(self.emails), "singleEmail": True}
            made.append(_integration("keitora-email", "email", settings))
        return made


def _integration(uid: str, kind: str, settings: Json) -> Json:
    return {"uid": uid, "name": CONTACT_NAME, "type": kind, "settings": settings, "disableResolveMessage": False}

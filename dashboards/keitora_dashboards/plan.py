"""What a Grafana is to have of ours: folder, data source, dashboards, contact point, alert rules. Pure."""

from dataclasses import dataclass, field
from typing import Final

from keitora_dashboards.alerts.contact import Contact
from keitora_dashboards.alerts.rules import rules
from keitora_dashboards.catalogue import dashboards
from keitora_dashboards.dashboard import FOLDER_UID, Dashboard
from keitora_dashboards.datasource import datasource
from keitora_dashboards.query import Json
from keitora_dashboards.reader import Reader

# Grafana numbers what it keeps.
_OWN_TO_GRAFANA: Final = frozenset({"id", "version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is pushed. `reader` has the fleet's units, currency and zone, and the language of the alerts."""

    api_url: str
    key: str | None = None
    reader: Reader = field(default_factory=Reader)
    contact: Contact = field(default_factory=Contact)
    has_alerts: bool = True

    def datasource(self) -> Json:
        """Return the data source."""
        return datasource(self.api_url, self.key)

    def dashboards(self) -> list[Dashboard]:
        """Return the dashboards."""
        return dashboards(self.reader)

    def contacts(self) -> list[Json]:
        """Return the integrations of the contact point."""
        return self.contact.as_json() if self.has_alerts else []

    def rules(self, *, is_sent: bool) -> list[Json]:
        """Return the alert rules; `is_sent`: to our own contact point."""
        if not self.has_alerts:
            return []
        return [rule.as_json(self.reader, folder_uid=FOLDER_UID, is_sent=is_sent) for rule in rules()]


def compared(dashboard: Dashboard) -> Json:
    """Return what of a dashboard is compared with Grafana's."""
    return {part: value for part, value in dashboard.as_json().items() if part not in _OWN_TO_GRAFANA}

"""Every alert rule there is. Pure.

What is wrong with a truck is an episode, found with debounce where the samples are; an alert passes it on. What lasts
is an alert while its episode is open, what is over in a moment for a quarter of an hour after it was heard of. That may
be hours after it happened: a truck is towed where there is no coverage as well. What comes in more than a week late is
history, such as last year's recordings played again, and rings for nobody; the API leaves it out.
"""

from typing import Final

from keitora_dashboards.alerts.rule import Rule, Severity, truck
from keitora_dashboards.query import Column, Query

_MOMENT_S: Final = 900
_COUNT: Final = Column("sample_count", "samples")
# Since when, by the fleet's clock: a message is read where no dashboard is.
_OPENED: Final = Column("opened_local", "since", "string")
# Two episodes of a truck within the time are two alerts: Grafana takes no two rows with the same labels.
_EPISODE: Final = Column("id", "episode", "string")
_HEARD: Final = ("heard_from", "${__timeFrom:date:iso}")
_SERVICE: Final = "/v1/service"


def _lasting(kind: str, severity: Severity) -> Rule:
    return _episode(kind, severity, ("open", "true"))


def _momentary(kind: str, severity: Severity) -> Rule:
    return _episode(kind, severity, _HEARD)


def _episode(kind: str, severity: Severity, which: tuple[str, str]) -> Rule:
    name = kind.replace("_", "-")
    return Rule(
        uid=f"keitora-{name}",
        message=name,
        severity=severity,
        query=Query(
            path="/v1/episodes",
            columns=(*truck(), _EPISODE, _OPENED, _COUNT),
            params=(("kind", kind), which, ("limit", "1000")),
        ),
        above=-1,
        window_s=_MOMENT_S,
        panel=4 if which[0] == "open" else 5,
    )


def _service(uid: str, severity: Severity, column: Column, *, panel: int, **bounds: float | str) -> Rule:
    return Rule(
        uid=f"keitora-{uid}",
        message=uid,
        severity=severity,
        query=Query(path=_SERVICE, columns=(column,), root=""),
        slug="fleet-service",
        panel=panel,
        **bounds,  # type: ignore[arg-type] # a bound is a number, a duration a word
    )


def rules() -> tuple[Rule, ...]:
    """Return all rules, in the order they are told."""
    return (
        Rule(
            uid="keitora-silent",
            message="silent",
            severity="warning",
            query=Query(
                path="/v1/silent-vehicles",
                columns=(*truck(), Column("silent_since_local", "since", "string"), Column("silent_h", "hours")),
            ),
            above=-1,
            lasts="5m",
            panel=6,
        ),
        Rule(
            uid="keitora-upkeep",
            message="upkeep",
            severity="warning",
            query=Query(
                path="/v1/upkeep",
                columns=(
                    *truck(),
                    Column("name", "work", "string"),
                    Column("id", "task", "string"),
                    Column("due_on", "since", "string"),
                    Column("since_km", "km"),
                ),
                params=(("state", "overdue"),),
            ),
            above=-1,
            panel=8,
        ),
        _momentary("over_rev", "warning"),
        _lasting("overheating", "critical"),
        _momentary("fuel_loss", "critical"),
        _lasting("weak_battery", "warning"),
        _momentary("weak_cranking", "warning"),
        _lasting("out_of_hours", "warning"),
        _lasting("out_of_area", "warning"),
        _momentary("towed", "critical"),
        _momentary("power_cut", "critical"),
        _lasting("trouble_code", "note"),
        _service("service-late", "critical", Column("late_count", "processes"), panel=1, above=0.0, lasts="5m"),
        _service("broker-away", "critical", Column("disconnected_count", "processes"), panel=16, above=0.0, lasts="5m"),
        # A backlog that comes in late is no fault of ours, and over sooner.
        _service("ingest-lag", "warning", Column("lag_s", "lag"), panel=14, above=300.0, lasts="15m"),
        _service(
            "derive-behind", "warning", Column("derive_waiting_count", "trucks"), panel=3, above=20.0, lasts="15m"
        ),
        _service("dead-letters", "note", Column("dead_letter_count", "letters"), panel=4, above=0.0, lasts="5m"),
        _service("disk-used", "critical", Column("disk_used_ratio", "used"), panel=8, above=0.9, lasts="5m"),
        _service("disk-days", "warning", Column("disk_days_left", "days"), panel=9, below=14.0, lasts="1h"),
    )

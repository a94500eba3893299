"""*Service health*: whether the installation itself is well, and how long its disk will last. Pure."""

from typing import Final

from keitora_dashboards import parts
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.fields import steps
from keitora_dashboards.panels import Panel, lay_out, stat
from keitora_dashboards.query import Json
from keitora_dashboards.reader import Reader
from keitora_dashboards.values import Value

SLUG: Final = "fleet-service"

_SERVICE: Final = "/v1/service"
_LATE: Final = Value(name="late-processes", selector="late_count", unit="locale", decimals=0)
_WAITING: Final = Value(name="waiting", selector="derive_waiting_count", unit="locale", decimals=0)
_NEWEST: Final = Value(name="newest-sample", selector="newest_sample_age_s", unit="dtdurations", decimals=0)
_DEAD: Final = Value(name="dead-letters", selector="dead_letter_count", unit="locale", decimals=0)
_PACE: Final = Value(name="samples-per-s", selector="samples_per_s", unit="suffix: /s", decimals=1)
_AWAY: Final = Value(name="broker-away", selector="disconnected_count", unit="locale", decimals=0)
_LAG: Final = Value(name="ingest-lag", selector="lag_s", unit="dtdurations", decimals=0)
_MESSAGES: Final = Value(name="waiting-messages", selector="waiting_message_count", unit="locale", decimals=0)
_DATABASE: Final = Value(name="database-size", selector="database_mb", unit="decmbytes", decimals=0)
_GROWTH: Final = Value(name="database-growth", selector="growth_mb_per_day", unit="decmbytes", decimals=1)
_FREE: Final = Value(name="disk-free", selector="disk_free_mb", unit="decmbytes", decimals=0)
_USED: Final = Value(name="disk-used", selector="disk_used_ratio", unit="percentunit", decimals=0)
_DAYS_LEFT: Final = Value(name="disk-days-left", selector="disk_days_left", unit="d", decimals=0)
_DEVICES: Final = Value(name="device-count", selector="device_count", unit="locale", decimals=0)
_STORED: Final = (
    Value(
        name="edition",
        selector="timescale_edition",
        type="string",
        codes=("community", "apache"),
        prefix="edition",
        width=200,
    ),
    Value(name="timescale-version", selector="timescale_version", type="string", width=100),
    Value(name="samples-size", selector="sample_mb", unit="decmbytes", decimals=1),
    Value(name="compressed-weeks", selector="compressed_week_count", unit="locale", decimals=0),
    _DEVICES,
)
_IS_LATE: Final = Value(
    name="is-late", selector="is_late", type="string", codes=("true", "false"), prefix="yes-no", width=120
)


def service(reader: Reader) -> Dashboard:
    """Return the dashboard for a reader."""
    few = steps((None, "green"), (1, "orange"))
    return Dashboard(
        slug=SLUG,
        reader=reader,
        title=reader.text("service-page"),
        description=reader.text("service-page.about"),
        time_from="now-1h",
        refresh="30s",
        layout=lay_out(
            (
                5,
                (
                    _number(reader, 1, _LATE, steps((None, "green"), (1, "red"))),
                    _number(reader, 2, _NEWEST, steps((None, "green"), (3600, "orange"))),
                    _number(reader, 4, _DEAD, few),
                ),
            ),
            (
                5,
                (
                    _number(reader, 16, _AWAY, steps((None, "green"), (1, "red"))),
                    _number(reader, 13, _PACE),
                    _number(reader, 14, _LAG, steps((None, "green"), (60, "orange"))),
                    _number(reader, 15, _MESSAGES, steps((None, "green"), (10_000, "orange"))),
                    _number(reader, 3, _WAITING, steps((None, "green"), (50, "orange"))),
                ),
            ),
            (
                5,
                (
                    _number(reader, 5, _DATABASE),
                    _number(reader, 6, _GROWTH),
                    _number(reader, 7, _FREE),
                    _number(reader, 8, _USED, steps((None, "green"), (0.8, "orange"), (0.9, "red"))),
                    _number(reader, 9, _DAYS_LEFT, steps((None, "red"), (14, "orange"), (60, "green"))),
                ),
            ),
            (8, (_processes(reader), _storage(reader))),
        ),
    )


def _number(reader: Reader, number: int, value: Value, thresholds: Json | None = None) -> Panel:
    return stat(
        number=number,
        title=reader.text(value.name),
        description=reader.text(f"{value.name}.about"),
        queries=(parts.ask(reader, _SERVICE, value, root=""),),
        calc="lastNotNull",
        trend=False,
        unit=value.unit,
        decimals=value.decimals,
        empty=reader.text("unknown"),
        defaults={} if thresholds is None else {"thresholds": thresholds},
        links=(parts.link(reader, "fleet-quality", "to-quality", keeping=()),),
    )


def _storage(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        _SERVICE,
        *_STORED,
        root="",
        number=12,
        title=reader.text("storage"),
        description=reader.text("storage.about"),
        empty=reader.text("unknown"),
        links=(parts.link(reader, "fleet-quality", "to-quality", keeping=()),),
    )


def _processes(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        _SERVICE,
        Value(name="service", selector="service", type="string"),
        Value(name="instance", selector="instance", type="string"),
        Value(name="beat", selector="beat_at", type="timestamp", unit="dateTimeFromNow"),
        _IS_LATE,
        number=10,
        width=12,
        title=reader.text("processes"),
        description=reader.text("processes.about"),
        empty=reader.text("no-processes"),
    )

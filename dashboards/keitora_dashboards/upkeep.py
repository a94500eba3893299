"""*Upkeep and alerts*: what is wrong, what was wrong, and which battery will not start the engine. Pure."""

from types import MappingProxyType
from typing import Any, Final

from keitora_dashboards import parts, values
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.episodes import episode_count, episode_table, episodes_by_kind
from keitora_dashboards.panels import Fold, Panel, lay_out
from keitora_dashboards.query import TIMES, TRUCKS
from keitora_dashboards.reader import Reader
from keitora_dashboards.values import Value
from keitora_dashboards.variables import trucks

SLUG: Final = "fleet-upkeep"

_DUE_COLORS: Final = MappingProxyType({"overdue": "red", "soon": "orange", "ok": "green", "done": "gray"})
_ALL: Final = (*TIMES, *TRUCKS, ("limit", "1000"))
_REST: Final = Value(name="rest-battery", selector="rest_v", unit="volt", decimals=2)
_SLOPE: Final = Value(name="battery-slope", selector="slope_v_per_day", unit="suffix: V/d", decimals=3)
_DAYS_LEFT: Final = Value(name="battery-days-left", selector="days_left", unit="d", decimals=0)
_OVERDUE: Final = Value(name="overdue", selector="overdue_h", unit="h", decimals=1)


def upkeep(reader: Reader) -> Dashboard:
    """Return the dashboard for a reader."""
    return Dashboard(
        slug=SLUG,
        reader=reader,
        title=reader.text("upkeep-page"),
        description=reader.text("upkeep-page.about"),
        time_from="now-29d/d",
        refresh="5m",
        variables=(trucks(reader),),
        layout=lay_out(
            (
                8,
                (
                    episode_count(
                        reader,
                        number=1,
                        width=4,
                        params=TRUCKS,
                        is_open=True,
                        title="open-episodes",
                        about="open-episodes.about",
                    ),
                    episodes_by_kind(
                        reader,
                        number=2,
                        params=_ALL,
                        title=reader.text("episodes-by-kind"),
                        description=reader.text("episodes-by-kind.about"),
                    ),
                    _batteries(reader),
                ),
            ),
            (
                9,
                (
                    episode_table(
                        reader,
                        number=4,
                        params=(*TRUCKS, ("open", "true"), ("limit", "100")),
                        title="open-episodes",
                        about="open-episodes.about",
                    ),
                ),
            ),
            (9, (upkeep_table(reader, number=8, params=TRUCKS),)),
            (8, (_silent(reader), _driverless(reader))),
            Fold(
                101,
                reader.text("fold.past"),
                ((12, (episode_table(reader, number=5, params=_ALL, title="episodes", about="episodes.about"),)),),
            ),
        ),
    )


def _batteries(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/batteries",
        values.TRUCK,
        _REST,
        _SLOPE,
        _DAYS_LEFT,
        Value(name="ambient", selector="ambient_temp_c", unit="temperature", decimals=0),
        values.TRUCK_ID,
        number=3,
        width=12,
        title=reader.text("batteries"),
        description=reader.text("batteries.about"),
        empty=reader.text("no-battery"),
    )


def _silent(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/silent-vehicles",
        values.TRUCK,
        values.SILENT_FOR,
        values.SILENT_SINCE,
        values.WAS_DRIVING,
        values.TRUCK_ID,
        number=6,
        title=reader.text("silent-trucks"),
        description=reader.text("silent-trucks.about"),
        empty=reader.text("nothing-silent"),
    )


def _driverless(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/driverless-trips",
        values.STARTED.leading("trip"),
        values.TRUCK,
        values.DISTANCE,
        _OVERDUE,
        values.ENDED_HIDDEN,
        values.TRIP_ID.at("trip_id"),
        values.TRUCK_ID,
        params=_ALL,
        number=7,
        title=reader.text("driverless"),
        description=reader.text("driverless.about"),
        empty=reader.text("nobody-missing"),
    )


def upkeep_table(reader: Reader, *, params: parts.Params, of_one: bool = False, **settings: Any) -> Panel:
    """Return the work that comes round, what is due first first."""
    truck = () if of_one else (values.TRUCK,)
    return parts.rows_of(
        reader,
        "/v1/upkeep",
        Value(name="work", selector="name", type="string"),
        *truck,
        Value(
            name="due-state", selector="state", type="string", codes=tuple(_DUE_COLORS), colors=_DUE_COLORS, width=110
        ),
        Value(name="due-on", selector="due_on", type="string", width=130),
        Value(name="left-days", selector="left_days", unit="d", decimals=0),
        Value(name="left-km", selector="left_km", unit="distance", decimals=0),
        Value(name="left-hours", selector="left_hours_h", unit="h", decimals=0),
        Value(name="done-on", selector="done_on", type="string", width=130),
        values.TRUCK_ID,
        params=params,
        title=reader.text("upkeep-due"),
        description=reader.text("upkeep-due.about"),
        empty=reader.text("no-upkeep"),
        **settings,
    )

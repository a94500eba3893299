"""Panels of episodes. Pure."""

from typing import Any

from keitora_dashboards import parts, values
from keitora_dashboards import transformations as then
from keitora_dashboards.fields import steps
from keitora_dashboards.panels import Panel, ranking, stat
from keitora_dashboards.reader import Reader


def episode_kind(reader: Reader) -> values.Value:
    """Return what a kind of episode is called; a click shows the truck around the moment."""
    return values.Value(
        name="kind", selector=f"name_{reader.language}", type="string", title="episode", leads="moment", width=180
    )


def episode_table(
    reader: Reader, *, params: parts.Params, title: str, about: str, of_one: bool = False, **settings: Any
) -> Panel:
    """Return the episodes, newest first."""
    truck = () if of_one else (values.TRUCK,)
    return parts.rows_of(
        reader,
        "/v1/episodes",
        values.OPENED,
        *truck,
        episode_kind(reader),
        values.SEVERITY,
        values.PEAK,
        values.BOUND,
        values.EPISODE_UNIT,
        values.CLOSED,
        values.IS_LATE,
        values.SEEN_BY,
        values.NOTE,
        values.TRUCK_ID,
        params=params,
        title=reader.text(title),
        description=reader.text(about),
        empty=reader.text("nothing-wrong"),
        **settings,
    )


def episode_count(
    reader: Reader, *, number: int, params: parts.Params, is_open: bool, title: str, about: str, **settings: Any
) -> Panel:
    """Return how many episodes there are; a click leads to them."""
    asked = (*params, *((("open", "true"),) if is_open else ()), ("limit", "1000"))
    return stat(
        number=number,
        title=reader.text(title),
        description=reader.text(about),
        queries=(parts.ask(reader, "/v1/episodes", values.SAMPLES, params=asked),),
        calc="count",
        trend=False,
        unit="locale",
        decimals=0,
        empty="0",
        defaults={"thresholds": steps((None, "green"), (1, "orange"))},
        links=(parts.link(reader, "fleet-upkeep", "to-upkeep"),),
        **settings,
    )


def episodes_by_kind(reader: Reader, *, params: parts.Params, **settings: Any) -> Panel:
    """Return how many episodes of each kind there were, the most first."""
    kind = values.Value(name="kind", selector=f"name_{reader.language}", type="string")
    return ranking(
        queries=(parts.ask(reader, "/v1/episodes", kind, values.SAMPLES, params=params),),
        transformations=(then.count_by("kind", "samples"), then.sort("samples (count)", "down")),
        unit="locale",
        decimals=0,
        empty=reader.text("nothing-wrong"),
        defaults={"min": 0, "color": {"mode": "continuous-YlRd"}},
        links=(parts.link(reader, "fleet-upkeep", "to-upkeep"),),
        **settings,
    )

"""What trucks did, as bars over time. Pure."""

from typing import Final, Literal

from keitora_dashboards import parts
from keitora_dashboards import transformations as then
from keitora_dashboards.fields import words
from keitora_dashboards.panels import Panel, timeline
from keitora_dashboards.query import TIMES, Column, Query
from keitora_dashboards.reader import Reader

_LEVELS: Final = {"0": "silent", "1": "standing", "2": "charging", "3": "idling", "4": "driving"}
_COLORS: Final = {"0": "gray", "1": "blue", "2": "purple", "3": "orange", "4": "green"}


def state_timeline(
    reader: Reader, *, number: int, params: parts.Params, height_of: Literal["fleet", "truck"], width: int | None = None
) -> Panel:
    """Return the timeline of the trucks that `params` choose; a click leads to the trips."""
    columns = (
        Column("at", "time", "timestamp"),
        Column("vehicle.name", "vehicle", "string"),
        # A number, because only numbers become a line for each truck.
        Column("level", "level"),
    )
    texts = {level: reader.text(f"activity.{name}") for level, name in _LEVELS.items()}
    keeping = ("vehicle",) if height_of == "fleet" else ("truck",)
    leads = "fleet-trips" if height_of == "fleet" else "fleet-truck"
    return timeline(
        number=number,
        width=width,
        title=reader.text("timeline"),
        description=reader.text("timeline.about"),
        queries=(Query(path="/v1/states", columns=columns, params=(*TIMES, *params)),),
        # A frame a truck: in one for all, "not known" could not be told from "another truck changed".
        transformations=(then.divide("vehicle"),),
        unit="none",
        empty=reader.text("no-trips"),
        defaults={
            "displayName": "${__field.labels.vehicle}",
            "color": {"mode": "thresholds"},
            "mappings": words(texts, _COLORS),
        },
        links=(parts.link(reader, leads, "to-trips" if height_of == "fleet" else "open-truck", keeping=keeping),),
    )

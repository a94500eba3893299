"""The panel that shows where the trucks are. Pure."""

from typing import Final

from keitora_dashboards import transformations as then
from keitora_dashboards.fields import override, words
from keitora_dashboards.panels import Panel, Place, markers
from keitora_dashboards.query import TRUCKS, Column, Query
from keitora_dashboards.texts import Texts

_STATE_COLORS: Final = {"moving": "green", "standing": "blue", "silent": "gray"}


def position_map(texts: Texts, *, number: int, place: Place) -> Panel:
    """Return the map of where each truck was last."""
    states = {state: texts.of(f"state.{state}") for state in _STATE_COLORS}
    return markers(
        number=number,
        title=texts.of("positions"),
        description=texts.of("positions.about"),
        place=place,
        queries=(
            Query(
                path="/v1/positions/latest",
                params=TRUCKS,
                columns=(
                    Column("vehicle.name", "vehicle", "string"),
                    Column("state", "state", "string"),
                    Column("sampled_at", "seen", "timestamp"),
                    Column("lat", "latitude"),
                    Column("lon", "longitude"),
                    Column("speed_kmh", "speed"),
                    Column("battery_v", "battery"),
                ),
            ),
        ),
        # A truck without a position would be drawn in the Atlantic, at 0° 0°.
        transformations=(then.only_known("latitude"),),
        layer=texts.of("truck"),
        color="state",
        label="vehicle",
        unit="none",
        empty=texts.of("no-positions"),
        overrides=(
            override("vehicle", displayName=texts.of("truck")),
            override(
                "state",
                displayName=texts.of("state"),
                mappings=words(states, _STATE_COLORS),
                color={"mode": "thresholds"},
            ),
            override("seen", displayName=texts.of("seen"), unit="dateTimeFromNow"),
            override("latitude", displayName=texts.of("latitude"), unit="degree", decimals=5),
            override("longitude", displayName=texts.of("longitude"), unit="degree", decimals=5),
            override("speed", displayName=texts.of("speed"), unit="velocitykmh", decimals=0),
            override("battery", displayName=texts.of("battery"), unit="volt", decimals=1),
        ),
    )

"""Which events Teltonika trackers tell: `evt` names the AVL id that made them send a record."""

from collections.abc import Mapping
from typing import Final

from keitora.samples.model import ClockQuality, Event
from keitora_ingestor.decode.happened import event_at
from keitora_ingestor.decode.mapped import whole

_SWITCHES: Final[Mapping[int, tuple[str, str | None]]] = {
    239: ("ign_on", "ign_off"),
    246: ("tow", None),
    252: ("power_cut", "power_back"),
}
"""Kinds by AVL id, for the value 1 and for 0."""
_HARSH: Final = {1: "accelerate", 2: "brake", 3: "corner"}
_CRASH, _GREEN_DRIVING, _GREEN_VALUE, _OVER_SPEEDING, _JAMMING, _IBUTTON = 247, 253, 254, 255, 249, 78


def events_of(values: Mapping[str, object], *, at_ms: int, quality: ClockQuality) -> list[Event]:
    """Return what a record says has happened; nothing for a record that was only due."""
    avl_id = whole(values.get("evt"))
    value = None if avl_id is None else whole(values.get(str(avl_id)))
    found: list[tuple[str, dict[str, object]]] = []
    if whole(values.get("pr")) == 2:
        found.append(("button", {"name": "sos"}))
    if avl_id is not None and value is not None:
        found += _told(avl_id, value, values)
    identity = f"{values.get('latlng')!s:.60},{value}"
    return [event_at(kind, detail, at_ms=at_ms, quality=quality, identity=identity) for kind, detail in found]


def _told(avl_id: int, value: int, values: Mapping[str, object]) -> list[tuple[str, dict[str, object]]]:
    if avl_id in _SWITCHES:
        kind = _SWITCHES[avl_id][0 if value else 1]
        return [] if kind is None else [(kind, {})]
    if avl_id in (_CRASH, _JAMMING) and not value:
        return []  # it is over
    told: dict[int, tuple[str, dict[str, object]]] = {
        _CRASH: ("crash", {"x_io247": value}),
        _JAMMING: ("tamper", {"what": "jamming"}),
        _GREEN_DRIVING: ("harsh", {"what": _HARSH.get(value), "x_io254": whole(values.get(str(_GREEN_VALUE)))}),
        _OVER_SPEEDING: ("overspeed", {"speed_kmh": float(value)}),
        _IBUTTON: ("driver", {"id": f"{value:016X}" if value else None, "by": "ibutton", "on": value != 0}),
    }
    return [told[avl_id]] if avl_id in told else []

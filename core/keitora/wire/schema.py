"""The native messages as JSON Schema (draft 2020-12), made from their models and the registry of signals.

What JSON Schema cannot say, the schema says in `$comment`: each row is as long as the header announces.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

from keitora.events.kinds import KINDS
from keitora.signals.model import Kind, Signal
from keitora.signals.registry import SIGNALS
from keitora.wire.native import Committed, EventMessage, Flooding, StateMessage, Telemetry

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MESSAGES: Final[Mapping[str, type[BaseModel]]] = MappingProxyType(
    {
        "telemetry": Telemetry,
        "event": EventMessage,
        "state": StateMessage,
        "answer": Committed,
        "notice": Flooding,
    }
)
"""The models by the name of their schema."""

_TYPES: Final = {Kind.FLOAT: "number", Kind.DOUBLE: "number", Kind.INTEGER: "integer", Kind.FLAG: "boolean"}


def schema(name: str) -> dict[str, Any]:
    """Return one message's schema; `name` is a key of MESSAGES."""
    made = MESSAGES[name].model_json_schema(mode="validation")
    made = {"$schema": DIALECT, "$id": f"urn:keitora:native-v1:{name}", **made}
    if name == "telemetry":
        made["$comment"] = "A row has one value more than f has keys. Values are checked by signal, not refused whole."
        made["properties"]["f"]["items"] = {
            "anyOf": [
                {"enum": [signal.wire for signal in SIGNALS], "description": "A signal of the registry, see signals"},
                {"type": "string", "minLength": 1, "maxLength": 64, "description": "Your own; kept as x_<key>"},
            ]
        }
        made["signals"] = {signal.wire: _signal(signal) for signal in SIGNALS}
    if name == "event":
        made["$comment"] = "details: what the detail of each known kind holds. An event of another kind is kept too."
        made["details"] = {kind: _detail(model) for kind, model in KINDS.items()}
    return made


def schema_text(name: str) -> str:
    """Return one message's schema as the text of its file."""
    return json.dumps(schema(name), indent=1, ensure_ascii=False) + "\n"


def _signal(signal: Signal) -> dict[str, object]:
    return {
        "description": signal.en,
        "unit": signal.unit,
        "type": _TYPES[signal.kind],
        "minimum": signal.minimum,
        "maximum": signal.maximum,
    }


def _detail(model: type[BaseModel]) -> dict[str, Any]:
    made = model.model_json_schema(mode="validation")
    return {key: made[key] for key in ("description", "type", "properties") if key in made}

"""Reference pages of scenario and truth files, made from the models."""

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from keitora_sim.days.kinds import KINDS
from keitora_sim.faults.model import Faults
from keitora_sim.scenario.file import library, read
from keitora_sim.scenario.model import LoggerPart, Scenario, TruckPart
from keitora_sim.truck.variants import variants
from keitora_sim.truth.model import (
    ChargeTruth,
    EventTruth,
    FailureTruth,
    FaultTruth,
    FillTruth,
    Run,
    ServiceTruth,
    StopTruth,
    TripTruth,
    TruckTruth,
    VisitTruth,
)

_MADE = "<!-- Written by `keitora reference`; change the code it is made from instead. -->\n"
_TRUTHS: tuple[type[BaseModel], ...] = (
    Run, TruckTruth, TripTruth, StopTruth, VisitTruth, EventTruth, FillTruth, ChargeTruth, ServiceTruth, FailureTruth,
    FaultTruth,
)  # fmt: skip


def scenarios_page() -> str:
    """Return the page of what a scenario file says."""
    lines = ["# Scenario files", "", _MADE, "YAML. How to use them: [simulate trucks](../howto/simulate.md).", ""]
    for title, model in (
        ("The file", Scenario),
        ("A truck (`trucks`)", TruckPart),
        ("Its logger (`logger`)", LoggerPart),
        ("Faults (`faults`, of the file or of a truck)", Faults),
    ):
        lines += [f"## {title}", "", "| key | default | meaning |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {_default(item)} | {item.description or ''} |" for name, item in model.model_fields.items()
        ]
        lines.append("")
    lines += ["## Kinds of day", "", "| day | where | what |", "|---|---|---|"]
    lines += [f"| `{name}` | {kind.network} | {_summary(kind.plan)} |" for name, kind in KINDS.items()]
    lines += ["", "## Trucks", "", "| variant | truck | source |", "|---|---|---|"]
    lines += [f"| `{key}` | {one.maker} {one.model} | {'; '.join(one.sources)} |" for key, one in variants().items()]
    lines += ["", "## The library", "", "| scenario | what it is for |", "|---|---|"]
    lines += [f"| `{path.stem}` | {read(path.stem).description} |" for path in library()]
    return "\n".join(lines) + "\n"


def truth_page() -> str:
    """Return the page of what stands in a truth file."""
    lines = ["# Truth files", "", _MADE, "One JSON object a line; `kind` tells which of these it is.", ""]
    for model in _TRUTHS:
        kind = model.model_fields["kind"].default
        lines += [f"## `{kind}`", "", str(model.__doc__).strip(), "", "| key | meaning |", "|---|---|"]
        lines += [f"| `{name}` | {item.description} |" for name, item in model.model_fields.items() if name != "kind"]
        lines.append("")
    return "\n".join(lines)


def _default(item: FieldInfo) -> str:
    if item.default is PydanticUndefined:
        return "required"
    return "–" if item.default is None or isinstance(item.default, BaseModel) else f"`{item.default}`"


def _summary(plan: object) -> str:
    text = (plan.__doc__ or "").strip().splitlines()[0]
    return text.removeprefix("Return ").capitalize() if text else ""

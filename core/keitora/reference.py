"""Reference pages that are written from the code: `keitora reference` makes them, a test finds them out of date."""

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import entry_points
from inspect import cleandoc
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from keitora.definitions import CHAPTERS
from keitora.episodes.catalogue import MEANINGS
from keitora.events.kinds import KINDS, Detail
from keitora.secret_files import SECRETS
from keitora.settings import DatabaseSettings, IngestSettings, MqttSettings, StorageSettings
from keitora.signals.registry import SIGNALS
from keitora.wire.native import Committed, EventMessage, Flooding, StateMessage, Telemetry
from keitora.wire.schema import MESSAGES, schema_text

_MADE: Final = "<!-- Written by `keitora reference`; change the code it is made from instead. -->\n"


def signals_page() -> str:
    """Return the page of canonical signals."""
    lines = [
        "# Signals",
        "",
        _MADE,
        f"All {len(SIGNALS)} canonical signals. *Key* is the name on the wire in the native format, *column* the name",
        "everywhere else, with its unit. A value outside *range* cannot be true; it is set aside under `refused` in",
        "`sample.extra`, and nothing is derived from it. *VSS*: path in the COVESA Vehicle Signal Specification 6.0.",
        "",
        "| key | column | unit | range | stored as | meaning | 意味 | VSS |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{one.wire}` | `{one.column}` | {one.unit} | {one.minimum:g} … {one.maximum:g} | {one.kind.value} "
        f"| {one.en} | {one.ja} | {f'`{one.vss}`' if one.vss else '–'} |"
        for one in SIGNALS
    ]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Return the page of settings."""
    lines = ["# Settings", "", _MADE, "Read from the environment when a process starts.", ""]
    services = [point.load() for point in sorted(entry_points(group="keitora.settings"), key=lambda p: p.name)]
    told: set[str] = set()
    for group in (DatabaseSettings, StorageSettings, MqttSettings, IngestSettings, *services):
        lines += [f"## {(group.__doc__ or '').strip()}", "", "| variable | default | meaning |", "|---|---|---|"]
        lines += [_setting(group, name, item) for name, item in group.model_fields.items() if name not in told]
        told |= set(group.model_fields)
        lines.append("")
    lines += ["## Secrets in files", "", "Instead of the value, a file that has it may be named:", ""]
    lines += ["| variable | its file has |", "|---|---|"]
    lines += [f"| `{name}_FILE` | {what} |" for name, what in SECRETS.items()]
    return "\n".join([*lines, ""])


def _setting(group: type[BaseSettings], name: str, item: FieldInfo) -> str:
    default = "required" if item.default is PydanticUndefined else f"`{item.default}`"
    return f"| `{group.model_config.get('env_prefix', '')}{name.upper()}` | {default} | {item.description} |"


def native_keys_page() -> str:
    """Return the page of the native messages' keys."""
    lines = ["# Native format: the keys of its messages", "", _MADE]
    for title, model in (
        ("Telemetry, `kei/v1/<device>/t`", Telemetry),
        ("Event, `kei/v1/<device>/e`", EventMessage),
        ("State, `kei/v1/<device>/s`", StateMessage),
        ("Answer, `kei/v1/<device>/a`", Committed),
        ("Notice of too much, `kei/v1/<device>/c`", Flooding),
    ):
        lines += [f"## {title}", "", "| key | required | meaning |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {'yes' if item.is_required() else 'no'} | {item.description or 'Version of the format'} |"
            for name, item in model.model_fields.items()
        ]
        lines.append("")
    return "\n".join(lines)


def events_page() -> str:
    """Return the page of events."""
    lines = ["# Events", "", _MADE]
    lines += ["What devices say has happened. `keitora events` lists them; they are stored in `device_event`.", ""]
    lines += ["Any event may say: " + ", ".join(_member(Detail, name) for name in Detail.model_fields) + "."]
    lines += ["Other kinds and other members are kept as they are.", ""]
    lines += ["| kind | what has happened | its detail |", "|---|---|---|"]
    for kind, model in KINDS.items():
        own = [_member(model, name) for name in model.model_fields if name not in Detail.model_fields]
        lines.append(f"| `{kind}` | {(model.__doc__ or '').strip()} | {'; '.join(own) or '–'} |")
    return "\n".join(lines) + "\n"


def _member(model: type[Detail], name: str) -> str:
    text = model.model_fields[name].description or ""
    return f"`{name}` {text[:1].lower()}{text[1:]}"


def commands_page() -> str:
    """Return the page of commands."""
    points = sorted(entry_points(group="keitora.commands"), key=lambda point: point.name)
    lines = ["# Commands", "", _MADE, "`keitora COMMAND --help` tells a command's options.", ""]
    lines += ["| command | what it does |", "|---|---|"]
    lines += [
        f"| `keitora {point.name}` | {(point.load().__doc__ or '').strip().splitlines()[0]} |" for point in points
    ]
    return "\n".join(lines) + "\n"


def episodes_page() -> str:
    """Return the page of episodes."""
    lines = [
        "# Episodes",
        "",
        _MADE,
        "What a kind of episode tells, when it opens and closes, and why at that value.",
        "",
    ]
    lines += ["`keitora rule set KIND NAME=VALUE` sets a threshold for the fleet or, with `--vehicle`, for one truck;"]
    lines += [
        "[Episodes](../explanation/episodes.md) explains why they are few. `note` is counted, `warning` is for soon,"
    ]
    lines += ["`critical` for now. A number is true of every truck until it is set; an empty list is none.", ""]
    for meaning in MEANINGS.values():
        doc = cleandoc(meaning.limits.__doc__ or "")
        switch = "" if meaning.is_on else " Off until it is set."
        lines += [f"## `{meaning.kind}`: {meaning.name_en}, {meaning.name_ja}", ""]
        lines += [
            f"{meaning.en} {meaning.ja}",
            "",
            f"Severity: `{meaning.severity}`. Unit: {meaning.unit}.{switch}",
            "",
        ]
        lines += [doc, "", "| threshold | default | meaning |", "|---|---|---|"]
        defaults = meaning.limits().model_dump(mode="json")
        lines += [
            f"| `{name}` | {_plain(defaults[name])} | {item.description} |"
            for name, item in meaning.limits.model_fields.items()
        ]
        lines.append("")
    return "\n".join(lines)


def definitions_page() -> str:
    """Return the page of definitions."""
    lines = ["# What each number means", "", _MADE]
    lines += [
        "Each derived number is defined once. The API and the dashboards take the sentence from the same place.",
        "",
    ]
    for title, chapter in CHAPTERS.items():
        lines += [f"## {title}", "", "| number | what it is | 意味 |", "|---|---|---|"]
        lines += [f"| {one.name_en}, {one.name_ja} | {one.en} | {one.ja} |" for one in chapter]
        lines.append("")
    lines += ["## Kinds of episodes, 出来事の種類", ""]
    lines += ["Thresholds and times are in [Episodes](episodes.md).", ""]
    lines += ["| kind | what it tells | 意味 |", "|---|---|---|"]
    lines += [f"| {one.name_en}, {one.name_ja} | {one.en} | {one.ja} |" for one in MEANINGS.values()]
    return "\n".join(lines) + "\n"


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else "none"


PAGES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "commands.md": commands_page,
        "definitions.md": definitions_page,
        "episodes.md": episodes_page,
        "signals.md": signals_page,
        "settings.md": settings_page,
        "native-v1-keys.md": native_keys_page,
        **{f"{point.name}.md": point.load() for point in entry_points(group="keitora.reference")},
        "events.md": events_page,
        **{f"native-v1/{name}.schema.json": partial(schema_text, name) for name in MESSAGES},
    }
)
"""The pages by their name under docs/reference; other packages add theirs by entry point."""


def reference(argv: list[str]) -> int:
    """Write the reference pages that are made from the code."""
    parser = argparse.ArgumentParser(prog="keitora reference", description=reference.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs/reference"))
    folder: Path = parser.parse_args(argv).folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(page(), encoding="utf-8")
        print(folder / name)
    return 0

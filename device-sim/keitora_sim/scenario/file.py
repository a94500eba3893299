"""Scenario files: YAML, from the library that comes with the package or from anywhere."""

from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from keitora.errors import SetupError
from keitora_sim.scenario.mistakes import said_twice, told
from keitora_sim.scenario.model import Scenario

LIBRARY: Final = Path(__file__).parents[1] / "scenarios"
_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """Leaves dates as they are written: one that does not exist is then told with its place like any other mistake."""

    yaml_implicit_resolvers = {  # noqa: RUF012 -- as the base class has it
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read(text_or_path: str, *, first_day: date | None = None, seed: int | None = None) -> Scenario:
    """Return the scenario of a file, or of that name in the library; `first_day` and `seed` replace the file's.

    Raises SetupError that names the file, the line, the place in it, what is wrong, and what to write instead.
    """
    path = _found(text_or_path)
    root, said = _parsed(path)
    if not isinstance(said, dict):
        raise SetupError(f"{path}: a scenario is a list of settings, `name: …` and so on")
    if root is not None and (twice := said_twice(root)):
        raise SetupError(f"{path}: line {twice[1]}: {twice[0]}: is written twice; leave one away")
    said |= {key: value for key, value in (("first_day", first_day), ("seed", seed)) if value is not None}
    try:
        return Scenario.model_validate(said)
    except ValidationError as error:
        raise SetupError("\n".join(f"{path}: {told(one, root)}" for one in error.errors())) from error


def library() -> list[Path]:
    """Return the scenarios that come with Keitora."""
    return sorted(LIBRARY.glob("*.yaml"))


def _parsed(path: Path) -> tuple[yaml.Node | None, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SetupError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"{path}: it is not UTF-8; save it as that") from error
    try:
        return yaml.compose(text, Loader=_Loader), yaml.load(text, Loader=_Loader)  # noqa: S506 -- it is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"line {mark.line + 1}: " if mark else ""
        hint = " (indent with spaces)" if "\\t" in str(error.problem) else " (a setting is `name: value`, with a space)"
        raise SetupError(f"{path}: {line}{error.problem or error.context}{hint}") from error
    except yaml.YAMLError as error:
        raise SetupError(f"{path}: {' '.join(str(error).split())}") from error


def _found(text_or_path: str) -> Path:
    inside = LIBRARY / f"{text_or_path}.yaml"
    return inside if "/" not in text_or_path and inside.is_file() else Path(text_or_path)

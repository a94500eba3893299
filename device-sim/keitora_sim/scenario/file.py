"""Scenario files: YAML, from the library that comes with the package or from anywhere."""

from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from keitora.errors import SetupError
from keitora_sim.scenario.model import Scenario

LIBRARY: Final = Path(__file__).parents[1] / "scenarios"


def read(text_or_path: str, *, first_day: date | None = None, seed: int | None = None) -> Scenario:
    """Return the scenario of a file, or of that name in the library; `first_day` and `seed` replace the file's.

    Raises SetupError that names the file, the place in it and what is wrong.
    """
    path = _found(text_or_path)
    try:
        said: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise SetupError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(said, dict):
        raise SetupError(f"{path}: a scenario is a list of settings, `name: …` and so on")
    said |= {key: value for key, value in (("first_day", first_day), ("seed", seed)) if value is not None}
    try:
        return Scenario.model_validate(said)
    except ValidationError as error:
        raise SetupError("\n".join(f"{path}: {_told(one)}" for one in error.errors())) from error


def library() -> list[Path]:
    """Return the scenarios that come with Keitora."""
    return sorted(LIBRARY.glob("*.yaml"))


def _found(text_or_path: str) -> Path:
    inside = LIBRARY / f"{text_or_path}.yaml"
    return inside if "/" not in text_or_path and inside.is_file() else Path(text_or_path)


def _told(error: Any) -> str:
    where = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in error["loc"])
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {text}" if where else text

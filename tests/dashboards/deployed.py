"""The scripts of deploy/, as modules; they are no package, the image runs them as files."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

from tests.dashboards.compose import ROOT


def _load(name: str) -> ModuleType:
    spec = spec_from_file_location(f"deploy_{name}", ROOT / "deploy" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


prepare = _load("prepare")

"""Loads the suites of `expectations/` and has Great Expectations judge the measured frames.

`expectations/` is a folder at the project's root and not part of the installed package, because it changes with
the figures and not with the program. Its modules are loaded from where `Settings.expectations_dir` says, under
a package name of their own, so that they can import one another whatever `sys.path` holds and two folders
(a test's and the project's) never mix.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from relance.audit.register import Control
from relance.errors import RelanceError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Batch:
    """What Great Expectations judges of one control, in int64 columns.

    `expected`, `actual`, `lowest`, `highest`, and `stands_for`: for how many rows each row of the frame speaks.
    """

    control: Control
    floor: int
    frame: pd.DataFrame


@dataclass(frozen=True)
class Evidence:
    """What Great Expectations said of one control.

    `rows` is the number of rows it counted itself, those that others stand for included.
    `failed` names the expectations of floor and bounds that were
    not met, `broken` those that raised instead of judging; `guards` are the French sentences of what an area adds
    and was not met.
    """

    rows: int
    expectations: int
    failed: list[str]
    guards: list[str]
    broken: list[str]


def run_checkpoint(expectations_dir: Path, batches: list[Batch], docs: Path) -> tuple[dict[str, Evidence], str]:
    """Judge every batch by its area's suite: the evidence by control id, and the version that judged.

    A page a control with what was evaluated is written into the folder `docs`.
    """
    # No figure leaves the house, and the machine that audits has no way out anyway.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    version = _great_expectations().__version__
    package = _package(expectations_dir)
    areas = {area: _module(package, area) for area in sorted({batch.control.area for batch in batches})}
    suites = [(batch, areas[batch.control.area].suite(batch.control, batch.floor)) for batch in batches]
    judged: dict[str, Evidence] = _module(package, "checkpoint").run(suites, docs)
    return judged, str(version)


def frame_of(columns: dict[str, Any]) -> pd.DataFrame:
    """A frame of int64 columns, the only kind that is judged: Decimal columns take a thousand times as long."""
    import pandas as pd

    return pd.DataFrame(columns, dtype="int64")


def _great_expectations() -> ModuleType:
    """Great Expectations, imported without the garbage collector: what it makes stays, and is never looked through."""
    if "great_expectations" not in sys.modules:
        gc.disable()
        try:
            importlib.import_module("great_expectations")
        finally:
            gc.enable()
        gc.freeze()
    return sys.modules["great_expectations"]


def _package(expectations_dir: Path) -> str:
    """Make `expectations_dir` importable as a package; its name."""
    name = f"relance_expectations_{hashlib.sha256(str(expectations_dir.resolve()).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        init = expectations_dir / "__init__.py"
        spec = importlib.util.spec_from_file_location(name, init, submodule_search_locations=[str(expectations_dir)])
        if spec is None or spec.loader is None or not init.is_file():
            raise RelanceError(f"{expectations_dir} holds no suites: expected {init}. Restore it from git.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return name


def _module(package: str, name: str) -> ModuleType:
    return importlib.import_module(f"{package}.{name}")

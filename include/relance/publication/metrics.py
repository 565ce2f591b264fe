"""MetricFlow on the current publication: `python -m relance.publication.metrics query --metrics awarded`.

Takes what `mf` takes (`list metrics`, `list dimensions --metrics …`, `query …`). The dbt project is parsed in a copy,
since `mf` reads what dbt leaves in the project itself; the publication is opened read-only.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from relance.errors import RelanceError
from relance.publication.current import CURRENT
from relance.settings import Settings


def run(words: list[str], publication: Path, dbt_dir: Path, scratch: Path) -> int:
    """Answer one `mf` command from the publication's marts, on standard output; `mf`'s exit code.

    Raises `RelanceError` when nothing is published or dbt cannot read the project.
    """
    database = publication / "warehouse.duckdb"
    if not database.is_file():
        raise RelanceError(f"Nothing is published: there is no {database}. Run `make nightly`.")
    project = scratch / "dbt_project"
    shutil.copytree(dbt_dir, project, ignore=shutil.ignore_patterns("target", "logs"))
    # Resolved: the name of the file is the name of DuckDB's catalog, which the parsed project keeps.
    os.environ.update(
        RELANCE_BUILD_FILE=str(database.resolve()),
        DBT_TARGET="published",
        DBT_PROJECT_DIR=str(project),
        DBT_PROFILES_DIR=str(project),
        DBT_LOG_PATH=str(scratch / "logs"),
    )

    from dbt.cli.main import dbtRunner

    parsed = dbtRunner().invoke(["--quiet", "parse"])
    if not parsed.success:
        raise RelanceError(f"dbt cannot read {dbt_dir}: {parsed.exception}")
    sys.modules["update_checker"] = _no_updates()
    from dbt_metricflow.cli.main import cli

    try:
        cli(words, prog_name="mf")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _no_updates() -> ModuleType:
    """In place of the module by which `mf` looks for a newer version of itself at each start.

    That one asks PyPI, and the warehouse calls nobody; and it unpickles what lies under its name in the shared
    temporary folder, where anybody may have put it.
    """
    module = ModuleType("update_checker")

    class UpdateChecker:
        def check(self, package_name: str, package_version: str) -> None:
            """There is none."""

    module.UpdateChecker = UpdateChecker  # type: ignore[attr-defined]
    return module


def main() -> int:
    settings = Settings.from_env()
    with tempfile.TemporaryDirectory(prefix="relance-metrics-") as scratch:
        try:
            return run(sys.argv[1:], settings.publications_dir / CURRENT, settings.dbt_dir, Path(scratch))
        except RelanceError as error:
            print(error, file=sys.stderr)
            return error.exit_code


if __name__ == "__main__":
    sys.exit(main())

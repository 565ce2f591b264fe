"""What a build reads stays what was chosen for it: the parsed rows that its manifest names, by their hashes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from relance.errors import DamagedError
from relance.files import state_of
from relance.parsing import standing_parse
from relance.settings import Settings


@contextmanager
def unchanged_inputs(settings: Settings, manifest: dict[str, Any]) -> Iterator[None]:
    """Around a build: the parsed rows of its manifest are as they were chosen, and nothing is written there meanwhile.

    Raises `DamagedError` before the build or after it; what was built then has to be thrown away.
    """
    before: dict[Path, tuple[int, ...] | None] = {}
    for receipt in manifest["receipts"]:
        for table in receipt["tables"].values():
            directory = (settings.data_dir / table["rows_parquet"]).parent
            if directory in before:
                break
            _check(directory, receipt)
            before.update({path: state_of(path) for path in (directory, *directory.iterdir())})
    yield
    for path, state in before.items():
        if state_of(path) != state:
            raise DamagedError(_sentence(f"{path} was changed while the warehouse was built from it"))


def _check(directory: Path, receipt: dict[str, Any]) -> None:
    try:
        standing = standing_parse(directory)
    except DamagedError as error:
        raise DamagedError(_sentence(str(error), receipt)) from error
    if standing is None or standing.facts["record_sha256"] != receipt.get("parsed_sha256"):
        raise DamagedError(_sentence(f"{directory} is not what was chosen for this build", receipt))


def _sentence(found: str, receipt: dict[str, Any] | None = None) -> str:
    whose = f" ({receipt['file_name']}, feed {receipt['feed']})" if receipt else ""
    return (
        f"The rows that were read from a received file{whose} are not as they were kept: {found}. Nothing is "
        "published; the last publication stays current. Start a new run (clear the whole run in Airflow): it reads the "
        "file anew. See the disk, and who can write there."
    )

"""Writing beside and renaming: the only way in which a run writes a file that something else may read."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from pathlib import Path
from typing import Any


def sync_dir(folder: Path) -> None:
    """Make the names in `folder` durable: a rename survives a power cut only once its folder is synced."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_aside(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader sees the old file, or the new one, and never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with aside.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync_dir(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON (sorted keys, UTF-8, readable), beside and renamed."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    write_aside(path, (text + "\n").encode())


def write_once(path: Path, value: Any) -> bool:
    """Write `value` as JSON where no file stands yet; whether it was written. Of two at once, one does."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    write_json(aside, value)
    try:
        os.link(aside, path)
    except FileExistsError:
        return False
    finally:
        aside.unlink(missing_ok=True)
    sync_dir(path.parent)
    return True


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal; reads in blocks, whatever the size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

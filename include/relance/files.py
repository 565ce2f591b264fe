"""Writing beside and renaming: the only way in which a run writes a file that something else may read."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from relance.errors import DamagedError

# What a machine refuses whatever a program or a file does.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_ACCESS = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EXDEV)
_NO_LUCK = (errno.EIO, errno.EMFILE, errno.ENFILE, errno.ESTALE)
# Under this a disk is short: a night of the samples writes about as much.
_SHORT_MB = 64
# How `write_aside` and its likes name what they have not renamed yet, and how the folder of unfinished parses is.
_ASIDE_NAME = re.compile(r"\..*[.-][0-9a-f]{32}(\.old)?")
_ASIDE_FOLDER = ".aside"
# What is hashed at a time: between two blocks a thread waits for the interpreter, which others may hold for long.
_BLOCK_BYTES = 4 << 20


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


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One at a time; the kernel releases the lock of a process that is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal; reads in blocks, whatever the size."""
    digest = hashlib.sha256()
    block = memoryview(bytearray(min(_BLOCK_BYTES, path.stat().st_size + 1)))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(block):
            digest.update(block[:count])
    return digest.hexdigest()


def damage_of(path: Path, sha256: str) -> str | None:
    """What keeps a file from being the bytes of that SHA-256, beginning with its path; None where it is."""
    try:
        found = sha256_of(path)
    except (FileNotFoundError, IsADirectoryError):
        return f"{path} is missing"
    except OSError as error:
        # Another error than a bad place on the disk is the machine's, and says nothing of the file.
        if error.errno != errno.EIO:
            raise
        return f"{path} cannot be read ({error.strerror})"
    return None if found == sha256 else f"{path} has the SHA-256 {found}, recorded is {sha256}"


@contextmanager
def verified(path: Path, sha256: str) -> Iterator[Executor]:
    """Around the reading of a file: it holds the bytes of that SHA-256, and is not written to meanwhile.

    They are hashed while they are read, by a thread that does afterwards what is given to it: one thread, because
    several would hold up the reading itself. Raises `DamagedError` after the reading, instead of what that raised of
    damaged bytes: what was read has to be thrown away. Of a file that is missing it raises before.
    """
    before = state_of(path)
    if before is None:
        raise DamagedError(f"{path} is missing")
    with ThreadPoolExecutor(1) as pool:
        hashing = pool.submit(damage_of, path, sha256)
        try:
            yield pool
        finally:
            if damage := hashing.result():
                raise DamagedError(damage)
            if state_of(path) != before:
                raise DamagedError(f"{path} was changed while it was read")


def state_of(path: Path) -> tuple[int, ...] | None:
    """What changes with each writing to a file, or its replacement; None where there is none."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def sealed(record: dict[str, Any]) -> dict[str, Any]:
    """A record of plain values with `record_sha256`, a hash of all the others: `is_sealed` tells whether it stands."""
    return {**record, "record_sha256": _seal(record)}


def is_sealed(record: dict[str, Any]) -> bool:
    """Whether a record that was read is the one that was sealed."""
    return record.get("record_sha256") == _seal({k: v for k, v in record.items() if k != "record_sha256"})


def _seal(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def machine_sentence(error: BaseException, data_dir: Path) -> str | None:
    """What the machine refused, as a sentence with what to do; None for an error of another kind.

    DuckDB and Arrow say it in the text of errors of their own.
    """
    known = (*_NO_ROOM, *_NO_ACCESS, *_NO_LUCK)
    number = getattr(error, "errno", None)
    if number not in known:
        number = next((one for one in known if os.strerror(one) in str(error)), None)
    if number is None:
        return None
    if number in _NO_ROOM:
        to_do = "Free space (relance publications prune removes old publications; data/landing must stay)"
    elif number in _NO_ACCESS:
        to_do = "Make the place writable for this user, data folder and publications on one file system"
    else:
        to_do = "Look at the disk and at the machine's log"
    return (
        f"The machine refused a write or a read: {' '.join(str(error).split())}.{shortage(data_dir)} What was "
        f"published stays as it was, and nothing half-written is read by anybody. {to_do}, and run again: nothing has "
        "to be cleaned first."
    )


def shortage(folder: Path) -> str:
    """A sentence (after a blank) on how little is free where `folder` lies; nothing where there is enough."""
    place = next(one for one in (folder, *folder.parents) if one.exists())
    free_mb = shutil.disk_usage(place).free / 1e6
    return f" Only {free_mb:.1f} MB are free in {place}." if free_mb < _SHORT_MB else ""


def leftovers(folder: Path, older_than: float) -> Iterator[Path]:
    """What killed runs left beside and nothing reads, last changed before `older_than` (seconds since 1970)."""
    for parent, folders, files in os.walk(folder):
        asides = [
            name for name in (*folders, *files) if _ASIDE_NAME.fullmatch(name) or Path(parent).name == _ASIDE_FOLDER
        ]
        folders[:] = sorted(set(folders) - set(asides))
        yield from (path for name in sorted(asides) if (path := Path(parent) / name).lstat().st_mtime < older_than)

"""Opens a ZIP of files: one level, each file unpacked by the hash of its bytes, the names never used as paths.

An element that cannot be taken is said with its reason and the others go on; an archive that is no honest one
(too large once opened, elements over one another) or has nothing to read is set aside whole.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import stat
import unicodedata
import uuid
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath

from relance.errors import DamagedError
from relance.files import damage_of, is_sealed, sealed, verified, write_json
from relance.parsing.container import CHUNK, DAMAGED_ZIP, UNREADABLE_ZIP, refuse_unbounded
from relance.parsing.contract import contract_version
from relance.parsing.set_aside import SetAside
from relance.parsing.wording import integer, listed, plural, quoted

READ_SUFFIXES = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods")
PACKED_SUFFIXES = (".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz")
MAX_FILES = 200
_SHOWN = 5
_SEND = "Envoyer une archive ZIP qui contient des fichiers CSV, XLSX, XLS ou ODS, sans autre archive ni mot de passe."


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    `name` is what to call it, folders included: for reading only. `path` is where its `size` bytes lie once
    unpacked; where they are not, `path` and `sha256` are None and `reason` says why in French. `changed_at` is the time
    that the archive gives it, an ISO instant in UTC: a ZIP writes the local time of its sender, which is taken as
    Paris, in steps of two seconds. None where it gives none.
    """

    name: str
    size: int
    path: Path | None = None
    sha256: str | None = None
    reason: str | None = None
    changed_at: str | None = None


@dataclass(frozen=True)
class Unpacked:
    """The files of an archive by name, and French notes on what in it is no table and is not read.

    `remade` says what was not as it had been unpacked before and was unpacked anew, None where nothing was.
    """

    members: tuple[Member, ...]
    notes: tuple[str, ...]
    remade: str | None = None


def unpack(path: Path, target: Path) -> Unpacked:
    """Unpack the files of an archive as `target/<sha256>`, each written beside and renamed.

    Raises `SetAside` when the archive cannot be opened within bounds or none of its files can be read.
    """
    try:
        refuse_unbounded(path)
        opened = zipfile.ZipFile(path)
    except UNREADABLE_ZIP as error:
        raise SetAside(DAMAGED_ZIP) from error
    with opened as archive:
        files = [(info, _decoded_name(info)) for info in archive.infolist() if not _is_folder(info)]
        if not files:
            raise SetAside(f"L'archive ZIP est vide : elle ne contient aucun fichier. {_SEND}")
        system = [name for _, name in files if _is_of_the_system(name)]
        others = [name for _, name in files if name not in system and not _is_data(name)]
        data = [(info, name) for info, name in files if name not in system and _is_data(name)]
        if not [name for _, name in data if _suffix(name) in READ_SUFFIXES]:
            found = " ; ".join(quoted(_shown(name)) for _, name in files[:_SHOWN])
            raise SetAside(f"L'archive ZIP ne contient aucun fichier CSV, XLSX, XLS ou ODS (trouvé : {found}). {_SEND}")
        if len(data) > MAX_FILES:
            raise SetAside(
                f"L'archive ZIP contient {integer(len(data))} fichiers à lire ; la limite est de"
                f" {integer(MAX_FILES)}. L'envoyer en plusieurs archives."
            )
        members = _members(archive, data, target)
    if not any(member.path for member in members):
        reasons = " ".join(f"{quoted(member.name)} : {member.reason}" for member in members[:_SHOWN])
        raise SetAside(f"Aucun fichier de l'archive ZIP ne peut être lu. {reasons}")
    notes = []
    if system:
        notes.append(f"{_counted(system, 'élément ajouté', 'éléments ajoutés')} par le système, non lu{_s(system)}.")
    if others:
        notes.append(f"{_counted(others, 'fichier', 'fichiers')} ni CSV, ni XLSX, ni XLS, ni ODS, non lu{_s(others)}.")
    return Unpacked(members, tuple(notes))


def unpack_once(path: Path, sha256: str, unpacked_root: Path) -> Unpacked:
    """Unpack an archive into `unpacked_root/<sha256>`, or say what this code found there before.

    What lies there is derived: what was removed, or is not as it was unpacked, is made again. Raises `SetAside` like
    `unpack`, `DamagedError` when the archive has to be read and is not the bytes of that SHA-256.
    """
    target = unpacked_root / sha256
    remade = None
    try:
        if standing := standing_unpacked(target):
            return standing
    except DamagedError as error:
        remade = str(error)
    with verified(path, sha256):
        unpacked = unpack(path, target)
    members = [{key: value for key, value in asdict(m).items() if key != "path"} for m in unpacked.members]
    write_json(_index(target), sealed({"members": members, "notes": list(unpacked.notes)}))
    if remade:
        import logging  # not above: hardly ever needed, and it takes as long to load as a small file to parse

        logging.getLogger(__name__).warning("Unpacked anew from what was received: %s.", remade)
    return replace(unpacked, remade=remade)


def standing_unpacked(target: Path) -> Unpacked | None:
    """What this code unpacked into a folder, None where it did not. Raises `DamagedError` naming what is otherwise."""
    index = _index(target)
    if not index.is_file():
        return None
    try:
        record = json.loads(index.read_bytes())
        is_whole = is_sealed(record)
    except (OSError, ValueError, AttributeError) as error:
        raise DamagedError(f"{index} cannot be read ({type(error).__name__})") from error
    if not is_whole:
        raise DamagedError(f"{index} is not as it was written")
    members = tuple(
        Member(**{**entry, "path": target / entry["sha256"] if entry["sha256"] else None})
        for entry in record["members"]
    )
    for member in members:
        if member.path and member.sha256 and (damage := damage_of(member.path, member.sha256)):
            raise DamagedError(damage)
    return Unpacked(members, tuple(record["notes"]))


def _index(target: Path) -> Path:
    return target / f"{contract_version()}.json"


def _counted(names: list[str], one: str, many: str) -> str:
    shown = [quoted(_shown(name)) for name in names[:_SHOWN]]
    rest = [f"{integer(len(names) - _SHOWN)} autres"] if len(names) > _SHOWN else []
    return f"{plural(len(names), one, many)} ({listed([*shown, *rest])})"


def _s(names: list[str]) -> str:
    return "s" if len(names) > 1 else ""


def _members(archive: zipfile.ZipFile, data: list[tuple[zipfile.ZipInfo, str]], target: Path) -> tuple[Member, ...]:
    """By name, so that the order does not depend on how the archive was made."""
    copies = Counter(_shown(name) for _, name in data)
    members: dict[str, Member] = {}
    for info, name in data:
        member = Member(_shown(name), info.file_size, changed_at=_changed_at(info))
        if copies[member.name] > 1:
            reason: str | None = (
                f"l'archive contient {integer(copies[member.name])} fichiers de ce nom, on ne sait pas lequel compte."
                " N'en garder qu'un et renvoyer l'archive."
            )
        else:
            reason = _defect(info, name)
        members[member.name] = replace(member, reason=reason) if reason else _taken(archive, info, member, target)
    return tuple(members[name] for name in sorted(members))


def _changed_at(info: zipfile.ZipInfo) -> str | None:
    # Not above: no file but an archive needs time zones.
    from relance.asof import PARIS
    from relance.sources.arrival import sender_time

    try:
        local = dt.datetime(*info.date_time, tzinfo=PARIS)
    except ValueError:
        return None
    told = sender_time(local)
    return told.isoformat() if told else None


def _defect(info: zipfile.ZipInfo, name: str) -> str | None:
    """What keeps an element from being unpacked, as it stands in the archive's directory."""
    if (
        ".." in name.replace("\\", "/").split("/")
        or name.startswith(("/", "\\"))
        or re.match(r"[A-Za-z]:", name)
        or any(unicodedata.category(character).startswith("C") for character in name)
    ):
        return (
            f"son nom dans l'archive, {quoted(_visible(name))}, est un chemin qui sort de l'archive ou contient des"
            " caractères invisibles. Refaire l'archive depuis le dossier qui contient les fichiers."
        )
    if info.create_system == 3 and stat.S_ISLNK(info.external_attr >> 16):
        return "c'est un lien vers un autre fichier, sans contenu. Mettre le fichier lui-même dans l'archive."
    if _suffix(name) in PACKED_SUFFIXES:
        return "c'est une archive dans l'archive, qui n'est pas ouverte. Mettre ses fichiers à côté des autres."
    if info.flag_bits & 1:
        return "il est protégé par un mot de passe : il ne peut pas être lu. Refaire l'archive sans mot de passe."
    return None


def _taken(archive: zipfile.ZipFile, info: zipfile.ZipInfo, member: Member, target: Path) -> Member:
    """The member with its bytes written."""
    target.mkdir(parents=True, exist_ok=True)
    aside = target / f".incoming-{uuid.uuid4().hex}"
    digest = hashlib.sha256()
    try:
        with aside.open("wb") as out:
            for block in _blocks(archive, info):
                digest.update(block)
                out.write(block)
        path = target / digest.hexdigest()
        aside.replace(path)
        return replace(member, path=path, sha256=digest.hexdigest())
    except SetAside as refused:
        return replace(member, reason=str(refused))
    finally:
        aside.unlink(missing_ok=True)


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """`zipfile` stops at the announced size and compares the checksum there, so no more comes than was announced."""
    try:
        with archive.open(info) as stream:
            while block := stream.read(CHUNK):
                yield block
    except NotImplementedError as error:
        raise SetAside(_UNKNOWN_COMPRESSION) from error
    except UNREADABLE_ZIP as error:
        raise SetAside(_DAMAGED_MEMBER) from error


_UNKNOWN_COMPRESSION = (
    "il est compressé d'une façon qui n'est pas lue ici. Refaire l'archive avec la compression ordinaire (Deflate)."
)
_DAMAGED_MEMBER = (
    "il est abîmé ou tronqué : son contenu ne correspond pas à ce que l'archive annonce. Refaire l'archive et la"
    " renvoyer."
)


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith(("/", "\\"))


def _decoded_name(info: zipfile.ZipInfo) -> str:
    """The name as its sender sees it.

    Without the UTF-8 flag the standard says CP437; macOS writes UTF-8 all the same, and French Windows CP850,
    which has every accented letter of CP437 at the same place, and the others of French besides.
    """
    name = info.filename
    if not info.flag_bits & 0x800:
        raw = name.encode("cp437")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("cp850")
    return unicodedata.normalize("NFC", name)


def _visible(name: str) -> str:
    return "".join("\ufffd" if unicodedata.category(c).startswith("C") else c for c in name)


def _shown(name: str) -> str:
    """The name with `/` between folders and nothing in it that leads out of them, should anybody join it to a path."""
    parts = _visible(name).replace("\\", "/").split("/")
    return "/".join("…" if part in (".", "..") else part for part in parts if part) or "(sans nom)"


def _suffix(name: str) -> str:
    return PurePosixPath(_shown(name)).suffix.lower()


def _is_data(name: str) -> bool:
    return _suffix(name) in (*READ_SUFFIXES, *PACKED_SUFFIXES)


def _is_of_the_system(name: str) -> bool:
    """What macOS, Windows and open spreadsheets leave beside the files (`~$` and `._` mark their own)."""
    parts = _shown(name).split("/")
    return parts[0] == "__MACOSX" or parts[-1].startswith(("._", "~$")) or parts[-1].lower() in _SYSTEM_NAMES


_SYSTEM_NAMES = (".ds_store", "thumbs.db", "desktop.ini")

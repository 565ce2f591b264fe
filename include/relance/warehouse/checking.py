"""Reads one file as the night would, before it is sent, in a data folder of its own that goes away.

So a ministry's own staff get the very sentences that the night would send them.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from relance import asof
from relance.errors import RelanceError
from relance.feedback import INDEX, Sent, Summary, summarise, write_files
from relance.feedback.safe import stem
from relance.files import sha256_of
from relance.landing.receipts import Receipt, receipt_id, write_receipt
from relance.landing.store import object_path
from relance.settings import Settings
from relance.sources.feeds import load_feeds
from relance.warehouse.answers import is_answered, sent_of
from relance.warehouse.manifest import compose


@dataclass(frozen=True)
class CheckedFile:
    """One file that was checked (of an archive, one of its files) and where its page lies."""

    summary: Summary
    page: Path


@dataclass(frozen=True)
class Checked:
    """What a check found; `notes` are those of the archive, where the file is one."""

    files: list[CheckedFile]
    notes: list[str]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is left to mend: every row accepted, every declared total that of the rows."""
        return bool(self.files) and all(
            file.summary.is_all_accepted and not file.summary.differing for file in self.files
        )


def check_file(settings: Settings, path: Path, kind: str, output: Path) -> Checked:
    """Check a file of `kind` and write its feedback into the folder `output`, one folder a file of an archive.

    Raises `RelanceError`, in French, when the file cannot be opened or the feedback cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="relance-check-") as folder:
        own = replace(settings, data_dir=Path(folder))
        _land(own, path, kind)
        entries = compose(own, asof.now())
        sent = [sent_of(entry, None) for entry in entries if is_answered(entry)]
        notes = [note for entry in entries if entry.is_unpacked for note in entry.notes]
        try:
            return Checked([_written(file, output, number, len(sent)) for number, file in enumerate(sent, 1)], notes)
        except OSError as error:
            raise RelanceError(
                f"Le retour ne peut pas être écrit dans {output} ({error.strerror or error}). Indiquer un autre dossier"
                " avec --output."
            ) from error


def _written(sent: Sent, output: Path, number: int, count: int) -> CheckedFile:
    # Two files of an archive may differ by their folder or extension only.
    folder = output if count == 1 else output / f"{number:02} {stem(sent.file_name)}"
    summary = summarise(sent)
    folder.mkdir(parents=True, exist_ok=True)
    write_files(sent, summary, folder)
    return CheckedFile(summary, folder / INDEX)


def _land(settings: Settings, path: Path, kind: str) -> None:
    """Land the file as the first feed of its kind would, with what its name announces."""
    try:
        copied = object_path(settings.landing_dir, "copied")
        copied.parent.mkdir(parents=True)
        shutil.copyfile(path, copied)
        # Of the copy: the file may be written to meanwhile.
        sha256, size = sha256_of(copied), copied.stat().st_size
        copied.rename(object_path(settings.landing_dir, sha256))
    except OSError as error:
        raise RelanceError(
            f"Le fichier {path} ne peut pas être ouvert ({error.strerror or error}). Vérifier son nom et son dossier."
        ) from error
    feed = next(feed for feed in load_feeds(settings).values() if feed.kind == kind)
    key, period = feed.read_name(path.name)
    now = asof.now()
    name = path.name
    identity = receipt_id(feed.id, name, sha256, now)
    write_receipt(
        settings.landing_dir,
        Receipt(identity, feed.id, kind, name, path.resolve().as_uri(), sha256, size, now, key, period, "check"),
    )

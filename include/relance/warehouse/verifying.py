"""Verifies what is kept: received files against their receipts, what they were read into against its own hashes.

Writes nothing there; what a night reads it verifies by itself, and this is for what no night reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from relance import asof
from relance.errors import DamagedError
from relance.files import damage_of, write_json
from relance.landing.file_decisions import read_decisions
from relance.landing.receipts import Receipt, read_receipts, receipt_id
from relance.landing.store import damaged_sentence, object_path
from relance.parsing import contract_version, standing_parse, standing_unpacked
from relance.settings import Settings

Track = Callable[[Iterable[Any], str], Iterable[Any]]
SHOWN = 5


@dataclass(frozen=True)
class Verification:
    """What was found at an instant (ISO, UTC).

    `damaged` is the sentence of the received files that are not what they were, None where all are; `derived` says of
    what was read from them, `unclaimed` are objects without a receipt.
    """

    at: str
    receipt_count: int
    object_count: int
    size_bytes: int
    derived_count: int
    damaged: str | None
    derived: list[str]
    unclaimed: list[str]
    decision_count: int

    @property
    def is_sound(self) -> bool:
        return self.damaged is None and not self.derived

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def sentence(self) -> str:
        """What was looked at, in one line for a log or a terminal."""
        unclaimed = ""
        if self.unclaimed:
            names = ", ".join(self.unclaimed[:SHOWN]) + (", …" if len(self.unclaimed) > SHOWN else "")
            unclaimed = f" {len(self.unclaimed)} object(s) have no receipt, and nothing reads them: {names}."
        return (
            f"Looked at {self.receipt_count} receipts, {self.decision_count} decisions on files, "
            f"{self.object_count} objects ({self.size_bytes / 1e9:.3f} GB) and what {self.derived_count} files were "
            f"read into.{unclaimed}"
        )

    def require_sound(self) -> None:
        """Raise `DamagedError` with all that is not as it was kept, and what to do."""
        said = [self.damaged] if self.damaged else []
        if self.derived:
            listed = "\n".join(f"  - {one}" for one in self.derived)
            said.append(
                f"What was read from {len(self.derived)} received file(s) is not as it was written:\n{listed}\nThe "
                "next run makes it anew from what was received; see the disk, and who can write there."
            )
        if said:
            raise DamagedError("\n".join(said))


def verify(settings: Settings, track: Track) -> Verification:
    """Look at all of it, and keep what was found for `relance status`.

    Raises `RelanceError` at a receipt or a decision that is not as it was written: what it says is not known then.
    """
    # Before the receipts: what lands meanwhile has no receipt yet.
    objects = {path.name: path for path in (settings.landing_dir / "objects").glob("[!.]*")}
    receipts, decisions = read_receipts(settings.landing_dir), read_decisions(settings.landing_dir, asof.now())
    expected = {receipt.sha256: object_path(settings.landing_dir, receipt.sha256) for receipt in receipts}
    found = {sha256: damage_of(path, sha256) for sha256, path in track(expected.items(), "verifying what was received")}
    damaged = [
        (receipt, said) for receipt in receipts if (said := found[receipt.sha256] or _misstated(receipt, expected))
    ]
    parses = list((settings.parsed_dir / contract_version()).glob("*/[!.]*"))
    unpacked = [path for path in settings.unpacked_dir.glob("[!.]*") if path.is_dir()]
    looks = [*((standing_parse, path) for path in parses), *((standing_unpacked, path) for path in unpacked)]
    verification = Verification(
        at=asof.now().isoformat(timespec="seconds"),
        receipt_count=len(receipts),
        object_count=len(expected),
        size_bytes=sum(path.stat().st_size for path in expected.values() if path.is_file()),
        derived_count=len(looks),
        damaged=damaged_sentence(settings.landing_dir, damaged) if damaged else None,
        derived=[said for look in track(looks, "verifying what was read from it") if (said := _derived(*look))],
        unclaimed=sorted(objects.keys() - expected.keys()),
        decision_count=len(decisions),
    )
    write_json(settings.verification_file, verification.to_json())
    return verification


def _misstated(receipt: Receipt, expected: dict[str, Path]) -> str | None:
    """What a receipt cannot have said when it was written; its object is what its hash says."""
    identity = receipt_id(receipt.feed, receipt.file_name, receipt.sha256, receipt.received_at)
    size = expected[receipt.sha256].stat().st_size
    if identity != receipt.receipt_id:
        return f"its receipt has the identity {receipt.receipt_id}, what it says gives {identity}"
    if size != receipt.size_bytes:
        return f"its receipt says {receipt.size_bytes} bytes, its object has {size}"
    return None


def _derived(look: Callable[[Path], object], path: Path) -> str | None:
    try:
        look(path)
    except DamagedError as error:
        return str(error)
    return None

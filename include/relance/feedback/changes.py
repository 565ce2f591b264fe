"""What a checked file changes against a publication, as plain data, and the words for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from relance import french


@dataclass(frozen=True)
class AwardChange:
    """An award that the file adds, drops or changes: its lines and amounts (integer cents), None where it has none."""

    award_id: str
    line_before: str | None
    line_after: str | None
    before: int | None
    after: int | None

    @property
    def kind(self) -> str:
        if self.before is None:
            return "nouvelle"
        if self.after is None:
            return "disparaît"
        if self.line_before != self.line_after:
            return f"change de ligne ({self.line_before} auparavant)"
        return "augmente" if self.after > self.before else "baisse"

    @property
    def line(self) -> str:
        return self.line_after or self.line_before or ""


@dataclass(frozen=True)
class Moved:
    """An amount before and with the file, in integer cents: what a line grants, or a total of the ministry."""

    label: str
    before: int
    after: int

    @property
    def difference(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class Changes:
    """What a file changes: `before_file` is the one that stands before it, None where its ministry has none there.

    `is_latest` is false where the ministry has a file of a later period: published totals stay as they are.
    """

    as_of: dt.datetime
    before_file: str | None
    before_period: str | None
    is_latest: bool
    awards: tuple[AwardChange, ...]
    lines: tuple[Moved, ...]
    totals: tuple[Moved, ...]

    @property
    def sentence(self) -> str:
        """Against what the file was compared, and how much of it is otherwise."""
        publication = f"la publication arrêtée au {french.instant(self.as_of)}"
        if self.before_file is None:
            compared = f"Dans {publication}, rien ne précède ce fichier."
        else:
            compared = (
                f"Dans {publication}, ce fichier suivrait « {self.before_file} », qui est de la période"
                f" {self.before_period}."
            )
        if not self.is_latest:
            compared += (
                " Le ministère a déjà une période plus récente : les totaux du fonds ne bougeraient pas, son historique"
                " si."
            )
        if not self.awards:
            return f"{compared} Aucune subvention n'y change."
        return compared


def shown(cents: int | None) -> str:
    """An amount, or a dash where there is none."""
    return "—" if cents is None else french.euros(cents)


def signed(moved: Moved) -> str:
    """By how much an amount moves, with its sign."""
    return french.euros(moved.difference, signed=True)

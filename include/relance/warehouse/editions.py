"""Which edition of the panorama a month means.

An edition is the state of a month; its table may be called after the month in which it was released instead, so that
one edition would stand twice. The releases of `panorama_headlines.csv` tell the one from the other.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from relance.settings import Settings

RELEASES = "seeds/panorama_headlines.csv"
NO_OTHER_MONTHS: Mapping[str, str] = MappingProxyType({})


def months_of_editions(settings: Settings) -> Mapping[str, str]:
    """The edition (`YYYY-MM`) by the month of its first release, where that is no edition's own month."""
    return _read(settings.dbt_dir / RELEASES)


@cache
def _read(path: Path) -> Mapping[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        releases = list(csv.DictReader(file))
    own = {release["edition_month"][:7] for release in releases}
    first = {r["released_on"][:7]: r["edition_month"][:7] for r in releases if r["release_number"] == "1"}
    return {month: edition for month, edition in first.items() if month not in own}

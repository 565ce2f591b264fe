"""Readers broken on purpose, to see that the oracle catches them: each is given a damaged copy of the workbook.

A reader that ignores number formats reads what a workbook without them holds; so for the others. The last two damage
what was read instead.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from benchmarks.seen.compare import Read

Change = Callable[[str, str], str]


def _formats(name: str, xml: str) -> str:
    """Every number format is « General »: amounts, units and leading zeros are as stored."""
    xml = re.sub(r'formatCode="[^"]*"', 'formatCode="General"', xml)
    return re.sub(r' (table:style-name="cN\d+")', "", xml)


def _states(name: str, xml: str) -> str:
    """A formula without a result, or with an error, is a plain 0."""
    xml = re.sub(r"<((?:x:)?)f>[^<]*</\1f>\s*<\1v\s*/>", r"<\1v>0</\1v>", xml)
    xml = re.sub(r"<((?:x:)?)f>[^<]*</\1f>\s*<\1v>(#[^<]*)?</\1v>", r"<\1v>0</\1v>", xml)
    xml = re.sub(r"<((?:x:)?)f>[^<]*</\1f>", "", xml)
    xml = re.sub(r""" t=["'](?:e|str)["']""", "", xml).replace(' fullCalcOnLoad="1"', "")
    return (
        re.sub(r' table:formula="[^"]*"', ' office:value-type="float" office:value="0"', xml)
        if "<office" in xml
        else xml
    )


def _units(name: str, xml: str) -> str:
    """Headers and lines say euros, whatever they said."""
    xml = re.sub(r"\(([kKM]€|en k€|en milliers d(?:'|&apos;)euros)\)", "(€)", xml).replace(" en k€", " en €")
    return re.sub(r">(?:Montants|en|Unité|\(en)[^<]*(?:milliers|k€|K€|M€)[^<]*<", ">Montants en euros<", xml)


def _keys(name: str, xml: str) -> str:
    """Two spellings of a key are two keys."""
    return re.sub("[\u2010-\u2015\u2212\u200b\u00ad\u00a0\u202f\uff10-\uff19]", "_", xml)


def _dates(name: str, xml: str) -> str:
    """Every workbook begins in 1900."""
    return re.sub(r"""date1904=(["'])(?:1|true)\1""", r"date1904=\g<1>0\1", xml)


BREAKS: dict[str, Change] = {
    "number-formats": _formats, "states": _states, "units": _units, "keys": _keys, "dates": _dates,
}  # fmt: skip


def _cents(was_read: Read) -> None:
    """Every amount is a cent more."""
    for rows in was_read.rows.values():
        for row in rows:
            for name, value in row.items():
                if name.endswith("_eur") and value is not None:
                    row[name] = value + Decimal("0.01")


def _rows(was_read: Read) -> None:
    """The last row of each table is lost, and the first one read twice."""
    for table, rows in was_read.rows.items():
        if table != "cover" and len(rows) > 1:
            was_read.rows[table] = [rows[0], *rows[:-1]]


READ_BREAKS: dict[str, Callable[[Read], None]] = {"cents": _cents, "rows": _rows}
NAMES = (*BREAKS, *READ_BREAKS)


def damaged(path: Path, name: str, target: Path) -> Path:
    """The copy of a workbook that a broken reader would see; XLS is not touched."""
    if name not in BREAKS or path.suffix == ".xls":
        return path
    change = BREAKS[name]
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in source.namelist():
            data = source.read(part)
            if part.endswith(".xml"):
                data = change(part, data.decode()).encode()
            copy.writestr(part, data)
    return target

"""Write the sample panorama files from the files that DINUM published.

    python samples/write_panorama.py <folder of the published files> [<folder to write to>]

Facts carry over: names of projects and ministries as written, dates, durations, phases, costs, brackets,
functional zones, programmes. Sentences and links do not: they are their authors'. So does the shape: columns,
encoding, line ends, text cells that hold figures, withheld figures. One row in is one row out.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
from collections.abc import Callable
from pathlib import Path

from deterministic_zip import write_repacked
from openpyxl import Workbook, load_workbook

# Editions, with the file that carries each.
OPEN_DATA_CSV = "2017-06-open-data.csv"
OPEN_DATA_XLSX = "2018-03-open-data.xlsx"
DASHBOARD_TABLES = ("2018-07-dashboard-table.csv", "2019-03-dashboard-table.csv", "2021-07-dashboard-table.csv")
FILES = (OPEN_DATA_CSV, OPEN_DATA_XLSX, *DASHBOARD_TABLES)

# What stands in place of the published sentences.
DESCRIPTION = "Description non reprise dans l'échantillon."
WITHHELD = "Chiffres non communiqués : trajectoire en cours de révision"

# A phase is a word or two; what is longer is the sentence saying that figures are withheld.
LONGEST_PHASE = 40

DESCRIPTION_COLUMNS = ("Description et objectifs du projet", "Description et objectifs")
LINK_COLUMNS = ("En savoir plus sur le projet", "Lien vers les Projets Annuels de Performances")
PHASE_COLUMN = "Phase du projet en cours"

# The one cell of programmes that tells rather than names, by edition and project: cut to what it names.
PROGRAMMES_CUT = {
    ("2021-07", "ANEF"): ("P216, P303, P363", "FAMI", "DLNUF", "FTAP", "MTFP"),
}

# Instants at which each edition counts as received: on the day of its first release, or the day after.
RECEIVED_AT = {
    "2017-06-open-data.csv": "2017-07-11T09:00:00+02:00",
    "2018-03-open-data.xlsx": "2018-03-15T09:00:00+01:00",
    "2018-07-dashboard-table.csv": "2018-07-19T09:00:00+02:00",
    "2019-03-dashboard-table.csv": "2019-06-18T09:00:00+02:00",
    "2021-07-dashboard-table.csv": "2021-07-20T09:00:00+02:00",
}


def carry_over(header: list[str], row: list[str], edition: str, line_break: str) -> list[str]:
    """One published row without its sentences and links.

    A description of several lines stays one, of two lines, so that the sample keeps quoted line breaks.
    """
    facts = dict(zip(header, row, strict=True))
    name = facts["Nom du projet"] if "Nom du projet" in facts else facts["Projet"]

    def cell(column: str, value: str) -> str:
        if column in DESCRIPTION_COLUMNS:
            return DESCRIPTION.replace(" dans", f"{line_break}dans") if "\n" in value else DESCRIPTION
        if column in LINK_COLUMNS:
            return ""
        if column == PHASE_COLUMN and len(value) > LONGEST_PHASE:
            return WITHHELD
        if column == "Programme de financement" and (edition, name) in PROGRAMMES_CUT:
            return line_break.join(PROGRAMMES_CUT[edition, name])
        return value

    return [cell(column, value) for column, value in facts.items()]


def write_csv(source: Path, target: Path) -> None:
    """The CSV editions: UTF-8 without a mark, comma, records ended by CR LF.

    Inside cells June 2017 breaks lines with LF, the dashboard's tables with CR LF.
    """
    line_break = "\n" if source.name == OPEN_DATA_CSV else "\r\n"
    with source.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(carry_over(header, row, source.name[:7], line_break) for row in rows)
    target.write_bytes(text.getvalue().encode())


def write_xlsx(source: Path, target: Path) -> None:
    """The workbook of March 2018: figures and start dates are text cells, the publication date is a date.

    The published sheet holds formulas into a workbook that was not published; their last results are read.
    Below its rows come formatted empty ones, kept because a reader must not take them for projects.
    """
    sheet = load_workbook(source, data_only=True).worksheets[0]
    header, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    formats = [cell.number_format for cell in sheet[2]]

    book = Workbook()
    copy = book.worksheets[0]
    copy.title = sheet.title
    copy.append(header)
    for row in rows:
        texts = ["" if value is None or isinstance(value, dt.datetime) else str(value) for value in row]
        facts = carry_over(header, texts, source.name[:7], "\n") if any(texts) else [""] * len(header)
        copy.append(
            [value if isinstance(value, dt.datetime) else fact or None for value, fact in zip(row, facts, strict=True)]
        )
        for cell, number_format in zip(copy[copy.max_row], formats, strict=True):
            cell.number_format = number_format
    for letter, dimension in sheet.column_dimensions.items():
        copy.column_dimensions[letter].width = min(dimension.width, 60)

    book.properties.creator = "Échantillon, faits publiés par la DINUM"
    book.properties.created = dt.datetime(2021, 1, 1)  # noqa: DTZ001 - openpyxl takes naive dates as UTC
    archive = io.BytesIO()
    book.save(archive)
    write_repacked(archive.getvalue(), target)


def write_index(folder: Path) -> None:
    """`received.csv`: the instant at which each file counts as received."""
    lines = ["file,received_at", *(f"{name},{RECEIVED_AT[name]}" for name in FILES)]
    (folder / "received.csv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_samples(source: Path, target: Path) -> None:
    """Write the five editions and their index into `target`, from the published files in `source`."""
    missing = [name for name in FILES if not (source / name).is_file()]
    if missing:
        raise SystemExit(
            f"{source} has no {', '.join(missing)}: expected the published panorama files under these names; "
            "samples/README.md says where they come from."
        )
    target.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        write: Callable[[Path, Path], None] = write_xlsx if name.endswith(".xlsx") else write_csv
        write(source / name, target / name)
    write_index(target)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    write_samples(
        Path(sys.argv[1]),
        Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).resolve().parent / "panorama",
    )

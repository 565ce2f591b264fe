"""Has LibreOffice show workbooks: each sheet as CSV, each cell as its number format shows it, in French."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from pathlib import Path

PROGRAMS = ("soffice", "libreoffice")
HOW = "apt install --no-install-recommends libreoffice-calc-nogui (Debian, Ubuntu)"
# Semicolon, double quote, UTF-8, from the first line; French; not all texts quoted; numbers not as stored (false) but
# as shown (true); no formulas, blanks kept; every sheet (-1). Hidden rows, columns and sheets are written as well.
FILTER = "csv:Text - txt - csv (StarCalc):59,34,76,1,,1036,false,false,true,false,false,-1"
BATCH = 50
TIMEOUT = 600
# French numbers and dates, and every formula computed anew: what is shown does not come from what the file stores.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>fr-FR</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="ODFRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""  # noqa: E501

Shown = dict[str, list[list[str]]]


def program() -> str | None:
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def show(paths: list[Path], scratch: Path) -> dict[str, Shown]:
    """The sheets of each file (by its name without extension), as rows of shown texts from the first row on."""
    soffice = program()
    if soffice is None:
        raise FileNotFoundError(f"LibreOffice is not installed: {HOW}")
    user = scratch / "profile" / "user"
    user.mkdir(parents=True, exist_ok=True)
    (user / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
    out = scratch / "shown"
    for first in range(0, len(paths), BATCH):
        command = [soffice, f"-env:UserInstallation={user.parent.as_uri()}", "--headless", "--convert-to", FILTER]
        subprocess.run(
            [*command, "--outdir", str(out), *map(str, paths[first : first + BATCH])],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIMEOUT,
        )  # fmt: skip
    shown: dict[str, Shown] = {path.stem: {} for path in paths}
    for path in sorted(out.glob("*.csv")):
        book, sheet = re.fullmatch(r"([^-]+)-(.+)", path.stem).groups()  # type: ignore[union-attr]
        with path.open(encoding="utf-8", newline="") as stream:
            shown[book][sheet] = list(csv.reader(stream, delimiter=";"))
    return shown

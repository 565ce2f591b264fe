"""Whether what is read is what a person sees: `python benchmarks/seen_and_read.py [--workbooks N] [--seed N]`.

Workbooks are drawn (XLSX by openpyxl and XlsxWriter, ODS, XLS by xlwt) whose cells have number formats, units,
formulas (computed or not), errors, dates of both systems, merged, hidden and filtered rows, odd blanks and dashes in
keys. LibreOffice shows each (CSV, as shown); every value that `parse_object` accepts is compared with what the shown
text says under the contract's rules, which `seen/judge.py` has in Python of its own. Compared are amounts, dates,
durations, codes, keys and texts. A row that is shown and neither accepted, rejected nor spoken of is a difference, and
so is a row accepted twice, or two rows whose keys are one to the eye. Exit 1 where anything was read silently as what
it is not, or where more than one row in a hundred of plain workbooks is refused.

`--break number-formats` (or `states`, `units`, `keys`, `dates`, `cents`, `rows`) breaks the reader on purpose: exit 0
where it is caught. `--write-sample` writes the shown texts that the test compares with, without LibreOffice.

Needs `libreoffice-calc-nogui` (Debian), XlsxWriter and xlwt; the workbooks that differ are kept (`--keep`).
"""

from __future__ import annotations

import sys
from pathlib import Path


def run() -> int:
    """Run, as a program or as a module: the other parts are found beside this folder."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from benchmarks.seen.command import main

    return main()


if __name__ == "__main__":
    sys.exit(run())

"""Office files whose bytes depend on nothing but their content; nothing here knows what is in them.

XLSX and ODS are zip archives. The libraries that write them stamp each member, and the document's own
properties, with the time of day. The members are therefore packed again with one fixed date, and stored
rather than deflated, because what zlib makes of the same bytes differs from one version of it to another.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

# The earliest date a zip archive can carry.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
STAMP = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
FIXED_STAMP = rb"\g<1>2021-01-01T00:00:00Z\g<2>"


def write_repacked(archive: bytes, path: Path) -> None:
    """Write the zip `archive` to `path` with fixed dates, its members in the order they came in."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content, found = STAMP.subn(FIXED_STAMP, content)
                if found != 1:
                    raise ValueError(f"{path.name}: {found} modification dates in {name}, expected exactly 1.")
            member = zipfile.ZipInfo(name, ZIP_DATE)
            member.external_attr = 0o644 << 16
            # On Windows `ZipInfo` would say 0.
            member.create_system = 3
            target.writestr(member, content)
    path.write_bytes(packed.getvalue())

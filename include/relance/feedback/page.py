"""The feedback page: one HTML file, French, without script and without any outside address."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from relance import french
from relance.feedback.changes import shown, signed
from relance.feedback.safe import one_line
from relance.feedback.summary import Summary
from relance.parsing.wording import integer

if TYPE_CHECKING:
    from jinja2 import Template

MAX_SHOWN = 200


def page(summary: Summary, table_name: str | None, workbook_name: str | None, why_no_workbook: str | None) -> bytes:
    """The page in UTF-8; the names are those of the files beside it, which it links."""
    return (
        page_template("relance.feedback", "page.html.jinja")
        .render(
            s=summary,
            most_shown=MAX_SHOWN,
            table_name=table_name,
            workbook_name=workbook_name,
            why_no_workbook=why_no_workbook,
        )
        .encode("utf-8")
    )


def typography(text: object) -> str:
    """French punctuation with its no-break spaces, and no control character."""
    flat = one_line(str(text))
    flat = re.sub(r" ([:»])", "\u00a0\\1", flat)
    flat = re.sub(r" ([;?!%€])", "\u202f\\1", flat)
    return flat.replace("« ", "«\u00a0").replace("'", "\u2019")


@cache
def page_template(package: str, name: str) -> Template:
    """A page's template in `package`, with the house's style and French typography; nothing undefined passes."""
    # Imported here: nothing of it is needed on a night that makes no page.
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package, "."), PackageLoader("relance.feedback", ".")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        typo=typography, raw_text=one_line, integer=integer, href=lambda name: quote(f"./{name}")
    )
    environment.globals.update(count=french.count, euros=shown, signed=signed)
    return environment.get_template(name)

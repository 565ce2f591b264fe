"""Streams the XML of an office document through handlers, whatever its quotes and white space are."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from relance.parsing.container import CHUNK, DAMAGED_ZIP, ENTITIES
from relance.parsing.set_aside import SetAside
from relance.parsing.wording import quoted


class Enough(Exception):  # noqa: N818 - no error
    """Raised by a handler that has seen what it was looking for."""


def read_xml(
    stream: IO[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Call the handlers until the end or `Enough`, with names as they are written: `x:row`, `table:table-row`.

    Raises `SetAside` for what is no XML, or defines entities.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text

    def refuse_doctype(*_: object) -> None:
        raise SetAside(ENTITIES.format(part=quoted(stream.name)))

    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except Enough:
        return
    except expat.ExpatError as error:
        raise SetAside(DAMAGED_ZIP) from error


def local(name: str) -> str:
    """`row` of `x:row`."""
    return name.rpartition(":")[2]

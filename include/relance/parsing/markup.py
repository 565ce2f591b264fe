"""Streams the XML of an office document through handlers, whatever its prefixes, quotes and white space are."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from relance.parsing.container import CHUNK, DAMAGED_ZIP, ENTITIES
from relance.parsing.set_aside import SetAside
from relance.parsing.wording import quoted

_MANY_NAMES = 10_000


class Enough(Exception):  # noqa: N818 - no error
    """Raised by a handler that has seen what it was looking for."""


class _LocalNames(dict[str, str]):
    """Name with its namespace -> name alone."""

    def __missing__(self, name: str) -> str:
        if len(self) > _MANY_NAMES:
            self.clear()
        self[name] = name.rpartition(" ")[2]
        return self[name]


def read_xml(
    stream: IO[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    has_prefixes: bool = False,
) -> None:
    """Call the handlers until the end or `Enough`. Elements come without namespace, attributes with theirs in front.

    `has_prefixes`: both come as they are written, `table:table-row`. Raises `SetAside` for what is no XML, or defines
    entities.
    """
    parser = expat.ParserCreate(namespace_separator=None if has_prefixes else " ")
    parser.buffer_text = True
    local = _LocalNames()
    if has_prefixes:
        parser.StartElementHandler, parser.EndElementHandler = start, end
    else:
        parser.StartElementHandler = lambda name, attributes: start(local[name], attributes)
        parser.EndElementHandler = None if end is None else lambda name: end(local[name])
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except Enough:
        return
    except expat.ExpatError as error:
        raise SetAside(DAMAGED_ZIP) from error


def _refuse_doctype(name: str, *_: object) -> None:
    raise SetAside(ENTITIES.format(part=quoted(name)))

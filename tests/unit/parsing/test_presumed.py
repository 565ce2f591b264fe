"""A large text is typed while it is looked at; whatever stands behind its beginning, it is read as any other text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from relance.parsing import container, reading

# In ASCII, so that what follows says which encoding it is.
COVER = "Code du ministere;COT\nPeriode;2021-T2\n\nN de subvention;AE engagees cumulees;CP payes cumules\n"
BEGINNING = COVER + "".join(f"A{i};{i} 000,50;{i}\n" for i in range(40))
# What comes behind the beginning: as it is, and read once; otherwise, and read again; nothing that can be read.
AS_PRESUMED = {
    "nothing else": b"B1;1;1\n",
    "a value to reject": b"B1;un;1\n",
    "no line end at the end": b"B1;1;1",
    "a total": b"Total;1;1\n",
    "a quoted cell": b'"B;1";1;1\n',
}
OTHERWISE = {
    "a no-break space": "B1;1\u00a0000,00;1\nB2;\u00a0;1\n".encode(),
    "an error of a formula": b"B1;#REF!;1\n#N/A;1;1\n",
    "an empty line": b"B1;1;1\n\nB2;1;1\n",
    "empty lines at the end": b"B1;1;1\n\n\n",
    "a line break within a cell": b'"B\n1";1;1\nB2;un;1\n',
    "other line ends": b"B1;1;1\r\nB2;1;un\r\n",
    "a line end of one sign within a cell": b'"B\r1";1;1\n',
    "a cell more": b"B1;1;1;x\nB2;un;1\n",
    "a cell less": b"B1;1\nB2;un;1\n",
    "a quote that is not closed": b'"B1;1;1\n',
    "Windows-1252": "B1 – é;1;1\n".encode("cp1252"),
}
NO_TEXT = {
    "two encodings": "B1 é;1;1\n".encode("cp1252") + "é".encode() + b";1;1\n",
    "a byte that is no text": b"B1\x00;1;1\n",
}


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each text read was presumed."""
    found: list[bool] = []
    read = reading.Reading._read_text_as

    def noted(self: Any, path: Path, facts: container.TextFacts, *rest: Any) -> None:
        found.append(facts.is_presumed)
        read(self, path, facts, *rest)

    monkeypatch.setattr(reading.Reading, "_read_text_as", noted)
    monkeypatch.setattr(container, "BEGINNING", len(BEGINNING.encode()))
    return found


@pytest.mark.parametrize("name", [*AS_PRESUMED, *OTHERWISE, *NO_TEXT])
def test_it_is_read_as_if_nothing_had_been_presumed(
    parse: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readings: list[bool], name: str
) -> None:
    content = BEGINNING.encode() + (AS_PRESUMED | OTHERWISE | NO_TEXT)[name]
    wanted = parse(content, root=tmp_path / "looked at first").written()
    assert readings == [False][: name not in NO_TEXT]

    readings.clear()
    monkeypatch.setattr(reading, "LARGE_TEXT_BYTES", 0)
    assert parse(content, root=tmp_path / "presumed").written() == wanted
    assert readings == ([True, False] if name in OTHERWISE else [True])


def test_rows_that_are_not_as_many_as_lines_are_counted_again(
    parse: Any, monkeypatch: pytest.MonkeyPatch, readings: list[bool]
) -> None:
    def one_line_more(path: Path) -> container.TextFacts:
        facts = container.text_facts(path)
        return replace(facts, line_count=(facts.line_count or 0) + 1)

    monkeypatch.setattr(reading, "LARGE_TEXT_BYTES", 0)
    monkeypatch.setattr(reading, "text_facts", one_line_more)
    parsed = parse(BEGINNING + "B1;1;1\n")
    assert (parsed.facts["tables"]["execution"]["rows_in"], readings) == (41, [True, False])


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_beginning_that_is_not_in_utf_8_lets_nothing_be_presumed(
    parse: Any, monkeypatch: pytest.MonkeyPatch, readings: list[bool], encoding: str
) -> None:
    monkeypatch.setattr(reading, "LARGE_TEXT_BYTES", 0)
    parsed = parse(("Suivi de l’exécution\n" + BEGINNING + "B1;1;1\n").encode(encoding))
    assert (parsed.facts["reason"], readings) == (None, [False])
    assert parsed.facts["tables"]["execution"]["rows_in"] == 41


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b""])
def test_a_mark_of_utf_8_is_seen_at_the_beginning(
    parse: Any, monkeypatch: pytest.MonkeyPatch, readings: list[bool], start: bytes
) -> None:
    monkeypatch.setattr(reading, "LARGE_TEXT_BYTES", 0)
    parsed = parse(start + BEGINNING.encode() + b"B1;1;1\n")
    assert (parsed.facts["format"]["encoding"], readings) == ("utf-8-sig" if start else "utf-8", [True])

"""Reads one object: which container, which sheets, where the cover and the tables stand, what the file says.

Each table found goes through `table_parse`; where the result is kept is no concern here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from relance.parsing import engine, keys
from relance.parsing.container import (
    ARCHIVE,
    Container,
    TextFacts,
    presumed_facts,
    sniff,
    text_facts,
)
from relance.parsing.contract import Contract, split_unit
from relance.parsing.delimited import DELIMITERS, DelimitedText, quoted_lines_sentence, unwrapped_line
from relance.parsing.layout import Layout, find_cover, find_table, table_defect
from relance.parsing.odd_texts import damage_of, has_sign
from relance.parsing.set_aside import COVER_DEFECT, SetAside
from relance.parsing.shown_cells import cells_note, covered_note, readable, shown_cells, with_cells
from relance.parsing.surroundings import (
    UnitLine,
    amounts_remark,
    cover_units,
    stated_units,
    unit_defect,
    with_surroundings,
)
from relance.parsing.table_parse import LawBroken, NotAsPresumed, TableResult, check_sums, parse_table, rows_path
from relance.parsing.text_table import FIRST_DAY, MAX_COLUMNS, Body, NumberedRow, TextSheet, write_numbered
from relance.parsing.value_sql import has_error_sign
from relance.parsing.wording import column_letters, integer, listed, normal_form, plural, quoted
from relance.parsing.workbook import sheets_being_read
from relance.sql import literal

# Planning the compiled query costs more than running it on so few rows; the plan as written is good enough. A workbook
# has ten times the rows of a text of its size.
SMALL_TEXT_BYTES, SMALL_WORKBOOK_BYTES = 1_000_000, 10_000_000
# A text so large is typed while it is looked at, as what its beginning lets one expect.
LARGE_TEXT_BYTES = 10_000_000


# Words and signs by which the parts and the copies of a sheet are told from the sheet itself.
_PART_WORDS = frozenset([
    "copie", "copy", "copies", "duplicata", "double", "de", "des", "du", "la", "le", "les", "of", "sur", "et", "suite",
    "bis", "ter", "fin", "debut", "partie", "part", "page", "feuille", "onglet", "n", "no", "numero", "v", "version",
    "old", "ancien", "ancienne", "anciennes", "nouveau", "nouvelle", "nouvelles", "nouveaux", "maj", "rectifie",
    "rectifiee", "rectifiees", "rectificatif", "corrige", "corrigee", "corrigees", "final", "finale", "finales",
    "definitif", "provisoire", "provisoires", "complement", "complements", "complementaire", "complementaires", "ajout",
    "ajouts", "reste", "autres", "sauvegarde", "backup", "a", "b", "c", "d", "i", "ii", "iii", "iv", "t", "keur",
    "meur", "eur", "en",
])  # fmt: skip
# Rows with at least so many filled cells look like a table's.
_TABLE_CELLS = 3


@dataclass(frozen=True)
class _Candidate:
    """A sheet that may hold a table: its layout where it has the header, and how many filled rows are under it."""

    sheet: TextSheet
    layout: Layout | None
    rows: int
    is_named: bool

    @property
    def is_whole(self) -> bool:
        return self.layout is not None and not self.layout.missing

    def remark(self, contract: Contract) -> str:
        """What to say of it where it is not read though it has the header, or a part of it."""
        name, title = quoted(self.sheet.name), quoted(contract.title)
        if self.layout is None or not self.rows:
            return f"Feuille {name} non lue : elle a l'en-tête de la table {title}, et aucune ligne."
        missing = listed([quoted(c.title) for c in self.layout.missing])
        return (
            f"Feuille {name} non lue : elle a {len(self.layout.places)} en-têtes de la table {title} et"
            f" {plural(self.rows, 'ligne')}, mais il lui manque {missing}."
        )


def _is_part_of(sheet: str, contract: Contract) -> bool:
    """Whether a sheet's name is that of the table with words that tell parts or copies apart."""
    words = normal_form(sheet).split()
    for name in contract.sheets:
        own = normal_form(name).split()
        for at in range(len(words) - len(own) + 1):
            rest = words[:at] + words[at + len(own) :]
            if words[at : at + len(own)] == own and rest:
                return all(word in _PART_WORDS or any(c.isdigit() for c in word) for word in rest)
    return False


def _looks_like_a_table(head: Sequence[NumberedRow]) -> bool:
    return any(sum(1 for cell in row.cells if cell.strip()) >= _TABLE_CELLS for row in head)


def _ordinal(number: int) -> str:
    return "1re" if number == 1 else f"{number}e"


class Reading:
    """What is gathered while one object is read: its format, facts, notes and tables."""

    def __init__(self, contracts: Sequence[Contract], result: Path, scratch: Path, beside: Executor) -> None:
        self.covers = [c for c in contracts if c.layout == "label-value"]
        self.contracts = [c for c in contracts if c.layout == "table"]
        # In their normal form, without their units; whether it is an amount.
        self.cover_labels = {
            split_unit(h)[0]: column.is_amount for c in self.covers for column in c.sent_columns for h in column.headers
        }
        self.result, self.scratch, self.beside = result, scratch, beside
        self._begin()

    def _begin(self) -> None:
        self.format: dict[str, str] = {}
        self.facts: dict[str, str | None] = {name: None for c in [*self.covers, *self.contracts] for name in c.facts}
        self.notes: list[str] = []
        self.tables: list[TableResult] = []
        self.staged: Layout | None = None  # whose rows DuckDB has
        self.units: list[UnitLine] = []  # what the cover says of all amounts
        self.first_day = FIRST_DAY  # what the number 0 means as a date

    def read(self, path: Path) -> None:
        container = sniff(path)
        self.format["container"] = container.kind
        if container.kind == ARCHIVE:
            raise SetAside(
                "Le fichier est une archive ZIP. Une archive n'est ouverte que si elle est envoyée seule, pas à"
                " l'intérieur d'une autre : mettre ses fichiers à côté des autres et renvoyer."
            )
        # A workbook's reader begins before anything else, and what may not be read is looked for beside it. It takes
        # longer than all else, and is not to be held up by more threads than one.
        is_text = container.kind == "csv"
        reader = (
            nullcontext(None) if is_text else sheets_being_read(readable(path, container, self.scratch), self.scratch)
        )
        with reader as sheets, engine.connect(self.scratch, threads=None if is_text else 1) as connection:
            if path.stat().st_size < (SMALL_TEXT_BYTES if is_text else SMALL_WORKBOOK_BYTES):
                connection.execute("PRAGMA disable_optimizer")
            self.connection = connection
            if sheets is None:
                self._read_text(path)
            else:
                self._read_workbook(path, container, sheets)
            self._check_cover()
            for contract in [*self.covers, *self.contracts]:
                self._read_facts(contract)

    # -- delimited text

    def _read_text(self, path: Path) -> None:
        presumed = presumed_facts(path) if path.stat().st_size > LARGE_TEXT_BYTES else None
        if presumed is None:
            self._read_text_as(path, text_facts(path))
            return

        look = self.beside.submit(text_facts, path)
        with suppress(SetAside, NotAsPresumed, LawBroken, engine.errors()):
            self._read_text_as(path, presumed, look.result)
            return
        # Nothing is said or kept of a file read as what it is not.
        container = self.format["container"]
        self._begin()
        self.format["container"] = container
        self._read_text_as(path, look.result())

    def _read_text_as(self, path: Path, facts: TextFacts, look: Callable[[], TextFacts] | None = None) -> None:
        """Read it as a text of these facts. `look` gives those of all of it, where these are presumed."""
        self.format["encoding"] = facts.encoding
        text, found = self._best_reading(path, facts)
        self.format["delimiter"] = text.delimiter
        self._refuse_quoted_lines(text, found)
        if found is None:
            raise SetAside(_unrecognised("aucune ligne du fichier", self.contracts) + damage_of(text.head()))
        head = text.head()
        layout = self._with_surroundings(found, head)
        if defect := table_defect(layout):
            raise SetAside(f"Table {quoted(layout.contract.title)} : {defect}{damage_of(text.head())}")
        for cover in self.covers:
            self._parse_cover(cover, [row for row in head if row.number < layout.first_row], None)
        header = layout.above_body
        in_place = text.body_in_place(header)
        if look is None:
            result = self._parse_table(layout, in_place, lambda: text.body(header, self.scratch))
            self._refuse_a_second_cover()
            self._keep(layout, None, result)
            return
        if in_place is None:
            raise NotAsPresumed(layout.contract.table)

        def known() -> Body | None:
            whole = look()
            return replace(text, facts=whole).body_in_place(header) if whole.encoding == facts.encoding else None

        result = self._parsed(layout, [in_place], None, known)
        self._refuse_a_second_cover()
        self._keep(layout, None, result)

    def _best_reading(self, path: Path, facts: TextFacts) -> tuple[DelimitedText, Layout | None]:
        """The separator under which the contract's headers are best recognised."""
        best: tuple[DelimitedText, Layout | None] | None = None
        refused: SetAside | None = None
        for delimiter in DELIMITERS:
            text = DelimitedText(path, facts, delimiter)
            try:
                layout = find_table(text.head(), self.contracts)
            except SetAside as set_aside:
                refused = refused or set_aside
                continue
            if best is None or (layout is not None and (best[1] is None or layout.score > best[1].score)):
                best = (text, layout)
            if layout is not None and layout.is_whole:
                break
        if best is None or (best[1] is None and refused is not None):
            raise refused or SetAside(_unrecognised("aucune ligne du fichier", self.contracts))
        return best

    def _refuse_quoted_lines(self, text: DelimitedText, layout: Layout | None) -> None:
        """Raise `SetAside` where lines are one cell each, in quotes, that holds the cells of the table.

        `layout` is what was found without looking into such cells.
        """
        is_found = layout is not None and not layout.missing
        for delimiter in (text.delimiter,) if is_found else DELIMITERS:
            with suppress(SetAside):  # a text that cannot be cut so has no such lines
                head = replace(text, delimiter=delimiter).head()
                bare = [unwrapped_line(row, delimiter) for row in head]
                wrapped = {row.number: row.cells[0] for row, inner in zip(head, bare, strict=True) if row is not inner}
                inner = find_table(bare, self.contracts) if wrapped else None
                if inner is None:
                    continue
                rows = [r.number for r in bare if r.number in wrapped and len(r.cells) >= len(inner.places)]
                if (layout is None or inner.score >= layout.score) and any(n >= inner.header.number for n in rows):
                    break
        else:
            return
        raise SetAside(quoted_lines_sentence(rows[0], wrapped[rows[0]], delimiter))

    # -- workbooks

    def _read_workbook(self, path: Path, container: Container, sheets_read: Iterator[TextSheet]) -> None:
        shown = shown_cells(path, container)
        cells, self.first_day = shown.sheets, shown.first_day
        sheets: list[TextSheet] = []
        covers: dict[str, TextSheet] = {}
        early: dict[str, tuple[TextSheet, Layout, TableResult]] = {}
        for read in sheets_read:
            sheet = with_cells(read, cells[read.name]) if read.name in cells else read
            sheets.append(sheet)
            # The cover stands first: it is parsed while the reader is at the next sheet.
            for cover in self.covers:
                if sheet.is_visible and cover.table not in covers and self._named([sheet], cover):
                    covers[cover.table] = sheet
                    self._parse_cover(cover, sheet.head(), sheet.name)
                    self._note_units(sheet)
            # So is a table that is sure to be this one, while the reader is at the rest of its own sheet. What a cover
            # says of all amounts has to be known.
            if sheet.is_visible and sheet is read and len(covers) == len(self.covers) and sheet not in covers.values():
                layout = self._foreseen(sheet, early.keys())
                if layout is not None:
                    early[layout.contract.table] = sheet, layout, self._parsed_sheet(layout, sheet)
        visible = [s for s in sheets if s.is_visible]
        hidden = [s for s in sheets if not s.is_visible and s.row_count]
        notes = {h.name: self._hidden_note(h) for h in hidden}
        if others := [quoted(name) for name, note in notes.items() if note is None]:
            self.notes.append(
                f"{'Feuilles masquées' if len(others) > 1 else 'Feuille masquée'} non lue"
                f"{'s' if len(others) > 1 else ''} : {listed(others)}."
            )
        self.notes += [note for note in notes.values() if note]
        if not any(s.row_count for s in visible):
            raise SetAside("Le classeur ne contient aucune cellule remplie dans une feuille visible.")
        for wide in visible:
            if wide.width > MAX_COLUMNS:
                raise SetAside(
                    f"Feuille {quoted(wide.name)} : elle va jusqu'à la colonne {column_letters(wide.width - 1)}"
                    f" ({integer(wide.width)} colonnes) ; la limite est de {integer(MAX_COLUMNS)}. Supprimer tout"
                    " ce qui se trouve à droite du tableau et renvoyer le classeur."
                )
        for cover in self.covers:
            self._refuse_two_covers(sheets, cover, covers.get(cover.table))
        left = [s for s in visible if s not in covers.values()]
        found = {s: (head := s.head(), find_table(head, self.contracts)) for s in left}
        candidates = {c.table: self._candidates(found, c) for c in self.contracts}
        for contract in self.contracts:
            chosen = self._sheet_of(sheets, candidates[contract.table], contract)
            if chosen is None:
                continue
            sheet, layout = chosen
            left.remove(sheet)
            if contract.table in early:
                # It has the table's name, its header and rows: no other sheet is chosen.
                _, layout, result = early[contract.table]
            else:
                if defect := table_defect(layout):
                    raise SetAside(f"Feuille {quoted(sheet.name)} : {defect}{damage_of(sheet.head())}")
                # A CSV saved as a workbook has its cover above its table.
                above = [row for row in found[sheet][0] if row.number < layout.first_row]
                for cover in (c for c in self.covers if c.table not in {*covers, *(t.table for t in self.tables)}):
                    self._parse_cover(cover, above, sheet.name)
                result = self._parsed_sheet(layout, sheet)
            self._keep(layout, sheet.name, result)
        if not [t for t in self.tables if t.table not in {c.table for c in self.covers}]:
            damage = damage_of(row for sheet in visible for row in sheet.head())
            raise SetAside(_unrecognised("aucune feuille visible", self.contracts) + damage)
        noted = [cells_note(cells[s.name]) for s in visible if s not in left and s.name in cells]
        noted += [covered_note(s) for s in visible if s not in left]
        self.notes += [note for note in noted if note is not None]
        for contract in self.contracts:
            for other in candidates[contract.table]:
                if other.sheet in left and other.layout is not None:
                    left.remove(other.sheet)
                    self.notes.append(other.remark(contract))
        unread = [quoted(s.name) for s in left if s.row_count]
        if unread:
            self.notes.append(
                f"{'Feuilles non lues' if len(unread) > 1 else 'Feuille non lue'},"
                f" sans en-tête du modèle : {listed(unread)}."
            )

    def _foreseen(self, sheet: TextSheet, parsed: Collection[str]) -> Layout | None:
        """The layout of a sheet that holds a table by its name and without defect, whatever sheets follow.

        `parsed`: the tables that were parsed so far. One that refers to others waits for them.
        """
        contract = next((c for c in self.contracts if self._named([sheet], c)), None)
        if contract is None or contract.table in parsed or sheet.width > MAX_COLUMNS:
            return None
        if any(foreign.table not in {contract.table, *parsed} for foreign in contract.foreign_keys):
            return None
        head = sheet.head()
        found = find_table(head, [contract])
        layout = found and self._with_surroundings(found, head, sheet.name)
        # What is wrong is said in its turn; a sheet without rows may not be the one that counts.
        if layout is None or table_defect(layout) or head[-1].number <= layout.above_body.number:
            return None
        return layout

    def _parsed_sheet(self, layout: Layout, sheet: TextSheet) -> TableResult:
        return self._parsed(layout, sheet.bodies(layout.above_body.number), sheet.name)

    def _named(self, sheets: Sequence[TextSheet], contract: Contract) -> TextSheet | None:
        names = {normal_form(n) for n in contract.sheets}
        return next((s for s in sheets if normal_form(s.name) in names), None)

    def _candidates(
        self, found_in: Mapping[TextSheet, tuple[list[NumberedRow], Layout | None]], contract: Contract
    ) -> list[_Candidate]:
        """The sheets that may hold this table: by their name, by their header, or by a name made of its name."""
        found = []
        for sheet, (head, layout) in found_in.items():
            is_named = self._named([sheet], contract) is not None
            if not is_named and any(self._named([sheet], other) for other in self.contracts):
                continue
            if is_named:
                layout = find_table(head, [contract])
            elif layout is not None and layout.contract is not contract:
                continue
            if layout is not None:
                layout = self._with_surroundings(layout, head, sheet.name)
                above = sum(1 for row in head if row.number <= layout.above_body.number)
                found.append(_Candidate(sheet, layout, sheet.row_count - above, is_named))
            elif is_named or (_is_part_of(sheet.name, contract) and _looks_like_a_table(head)):
                found.append(_Candidate(sheet, None, sheet.row_count, is_named))
        return found

    def _sheet_of(
        self, sheets: Sequence[TextSheet], candidates: Sequence[_Candidate], contract: Contract
    ) -> tuple[TextSheet, Layout] | None:
        """The one sheet that holds a table. Raises `SetAside` where several have rows of it, or the one so named none.

        Without rows anywhere it is the sheet so named; without all that is required, the one that fits best.
        """
        filled = [c for c in candidates if c.rows and (c.is_whole or c.is_named or _is_part_of(c.sheet.name, contract))]
        if len(filled) > 1:
            shown = [
                f"{quoted(c.sheet.name)} ({_ordinal(sheets.index(c.sheet) + 1)} feuille, {plural(c.rows, 'ligne')}"
                f"{'' if c.layout else ', sans en-tête'})"
                for c in filled
            ]
            raise SetAside(
                f"Table {quoted(contract.title)} : {len(filled)} feuilles en ont les lignes : {listed(shown)}. Une"
                " table tient dans une seule feuille : y mettre toutes les lignes qui comptent, supprimer ou masquer"
                " les autres, et renvoyer le classeur."
            )
        headless = next((c for c in filled if c.layout is None), None)
        if headless is not None:
            name = quoted(headless.sheet.name)
            raise SetAside(_unrecognised(f"aucune ligne de la feuille {name}", [contract]))
        empty = next((c for c in candidates if c.layout is None and c.is_named), None)
        if empty is not None and not filled:
            self.notes.append(f"Feuille {quoted(empty.sheet.name)} : elle est vide, la table n'est pas mise à jour.")
            return None
        with_header = [(c.sheet, c.layout, c) for c in candidates if c.layout is not None]
        if not with_header:
            return None
        sheet, layout, _ = max(with_header, key=lambda one: (one[2] in filled, one[2].is_named, one[1].score))
        return sheet, layout

    def _refuse_two_covers(self, sheets: Sequence[TextSheet], contract: Contract, read: TextSheet | None) -> None:
        others = [
            s
            for s in sheets
            if s.is_visible
            and s is not read
            and (self._named([s], contract) or _is_part_of(s.name, contract))
            and find_cover(s.head(), contract) is not None
        ]
        if read is not None and others:
            shown = [f"{quoted(s.name)} ({_ordinal(sheets.index(s) + 1)} feuille)" for s in [read, *others]]
            raise SetAside(
                f"Couverture : {len(shown)} feuilles en sont une : {listed(shown)}. N'en garder qu'une, supprimer ou"
                " masquer les autres, et renvoyer le classeur."
            )

    def _hidden_note(self, sheet: TextSheet) -> str | None:
        """What a hidden sheet holds, where it is a table."""
        head = sheet.head()
        layout = find_table(head, self.contracts)
        if layout is None or layout.missing:
            return None
        rows = sheet.row_count - sum(1 for row in head if row.number <= layout.header.number)
        if not rows:
            return None
        return (
            f"La feuille masquée {quoted(sheet.name)} a l'en-tête de la table {quoted(layout.contract.title)} et"
            f" {plural(rows, 'ligne')}, qui ne compte{'nt' if rows > 1 else ''} pas. Pour qu'elle soit lue, l'afficher"
            " et renvoyer le classeur."
        )

    # -- both

    def _with_surroundings(self, layout: Layout, head: Sequence[NumberedRow], sheet: str | None = None) -> Layout:
        units = [*self.units]
        if sheet is not None:
            units += [UnitLine(unit, f"le nom de la feuille ({quoted(sheet)})") for unit in stated_units(sheet)]
        return with_surroundings(layout, head, units, self.cover_labels)

    def _note_units(self, sheet: TextSheet) -> None:
        """Keep what a cover sheet says of the unit of all amounts."""
        for row in sheet.head():
            said = cover_units(row, self.cover_labels)
            self.units += [replace(line, said=f"la feuille {quoted(sheet.name)}, {line.said}") for line in said]

    def _refuse_a_second_cover(self) -> None:
        """Raise `SetAside` where labels of a cover stand among the rows: another file was put under the first."""
        labels = [normal_form(h) for c in self.covers for column in c.sent_columns if column.is_required
                  for h in column.headers]  # fmt: skip
        [(row, label)] = self.connection.execute(
            f"""SELECT min(id), arg_min(label, id) FROM faulty
            WHERE lower(strip_accents(rtrim(label, ' :'))) IN ({", ".join(map(literal, labels)) or "NULL"})"""
        ).fetchall()
        if row is not None:
            raise SetAside(
                f"{quoted(label)} figure parmi les lignes du tableau : le fichier semble en contenir deux, l'un sous"
                " l'autre, chacun avec sa couverture. Envoyer chaque fichier séparément."
            )

    def _parse_cover(self, contract: Contract, rows: Sequence[NumberedRow], sheet: str | None) -> None:
        layout = find_cover(rows, contract)
        if layout is None:
            return
        for amount in contract.amount_columns:
            place = layout.places.get(amount.name)
            if place is not None and (defect := unit_defect(place.header, place.unit)):
                raise SetAside(f"Couverture : {defect}")
        if layout.twice:
            raise SetAside(
                f"Couverture : information donnée deux fois, {' ; '.join(layout.twice)}. N'en garder qu'une."
            )
        if layout.missing:
            titles = [quoted(c.title) for c in layout.missing]
            raise SetAside(f"Couverture : il manque {listed(titles)}. Compléter la couverture du modèle et renvoyer.")
        row = NumberedRow(layout.header.number, layout.cover_cells)
        path = self.scratch / "cover.csv"
        write_numbered(path, [row])
        # What is not there costs more to look for than all else of so small a table.
        text = "".join(layout.cover_cells)
        body = Body(
            path, len(layout.cover_cells), row.number - 1, is_numbered=True, record_count=1,
            has_hash=has_error_sign(text), has_odd=has_sign(text),
        )  # fmt: skip
        self.tables.append(self._parsed(layout, [body], sheet))
        for fact, column in contract.facts.items():
            # From the staged row: a wrong date on the cover must not hide who sent it.
            if column in layout.places:
                found = self.connection.execute(f"SELECT v_{column}, problems FROM staged").fetchall()[0]
                position = [c.name for c in contract.sent_columns if c.name in layout.places].index(column)
                is_broken = any(p["position"] == position for p in found[1] or ())
                self.facts[fact] = None if is_broken or found[0] is None else str(found[0])

    def _parse_table(self, layout: Layout, in_place: Body | None, rewritten: Callable[[], Body]) -> TableResult:
        if in_place is not None:
            # Ragged or unusual records: the slower reading says which rows, instead of refusing them all.
            with suppress(LawBroken, engine.errors()):
                return self._parsed(layout, [in_place], None)
        return self._parsed(layout, [rewritten()], None)

    def _parsed(
        self, layout: Layout, bodies: Iterable[Body], sheet: str | None, known: Callable[[], Body | None] | None = None
    ) -> TableResult:
        if self.staged is not None:
            keys.remember(self.connection, self.staged)  # the next table may refer to it
        self.staged = None
        dated = (replace(body, first_day=self.first_day) for body in bodies)
        result = parse_table(self.connection, layout, dated, sheet, self.result, known)
        self.staged = layout
        return result

    def _keep(self, layout: Layout, sheet: str | None, result: TableResult) -> None:
        check_sums(result, layout.contract)
        where = f"Feuille {quoted(sheet)}" if sheet is not None else f"Table {quoted(layout.contract.title)}"
        if result.rows_in == 0:
            if layout.contract.sets_empty_aside:
                raise SetAside(f"{where} : l'en-tête est là, mais aucune ligne ne le suit. Renvoyer le tableau rempli.")
            self.notes.append(f"{where} : l'en-tête est là, mais aucune ligne ne le suit ; 0 ligne est comptée.")
        if layout.unread:
            self.notes.append(
                f"{where} : {plural(len(layout.unread), 'colonne')} hors modèle, non lue"
                f"{'s' if len(layout.unread) > 1 else ''} : {listed([quoted(u, 40) for u in layout.unread[:10]])}."
            )
        if remark := amounts_remark(layout):
            self.notes.append(f"{where} : {remark}")
        self.notes += [f"{where} : {note}" for note in layout.notes]
        self.notes += result.notes
        self.tables.append(result)

    def _check_cover(self) -> None:
        for cover in self.covers:
            required = [f for f, column in cover.facts.items() if cover.column(column).is_required]
            missing = [quoted(cover.column(cover.facts[f]).title) for f in required if self.facts[f] is None]
            if missing and (defects := self._cover_defects(cover)):
                # Not set aside here: its other tables are read, so that the sender is told of everything at once.
                self.facts[COVER_DEFECT] = (
                    "La couverture ne permet pas de savoir qui envoie le fichier ni pour quelle période."
                    f" {' '.join(defects)} Renvoyer ensuite le fichier."
                )
                continue
            verdict = "manquent ou ne sont pas valables" if len(missing) > 1 else "manque ou n'est pas valable"
            if missing:
                raise SetAside(
                    "La couverture ne permet pas de savoir qui envoie le fichier ni pour quelle période :"
                    f" {listed(missing)} {verdict}. Compléter la couverture du modèle et renvoyer le fichier."
                )

    def _cover_defects(self, cover: Contract) -> list[str]:
        """The sentences of what is wrong on a cover that was read; none where there is no such cover."""
        if not any(result.table == cover.table and result.rows_rejected for result in self.tables):
            return []
        rejects = literal(str(self.result / f"{cover.table}.rejects.parquet"))
        found = self.connection.execute(f"SELECT sentence FROM read_parquet({rejects})").fetchall()
        return [str(sentence) for (sentence,) in found]

    def _read_facts(self, contract: Contract) -> None:
        if contract.layout == "label-value":
            return
        for fact, column in contract.facts.items():
            if contract.table not in {t.table for t in self.tables}:
                continue
            path = rows_path(self.result, contract.table)
            values = [
                v
                for (v,) in self.connection.execute(
                    f"SELECT {column} FROM read_parquet({literal(str(path))}) WHERE {column} IS NOT NULL"
                    " GROUP BY ALL ORDER BY count(*) DESC, 1 DESC"
                ).fetchall()
            ]
            if values:
                self.facts[fact] = values[0].isoformat() if isinstance(values[0], date) else str(values[0])
            if len(values) > 1:
                self.notes.append(
                    f"La colonne {quoted(contract.column(column).title)} donne {plural(len(values), 'valeur')}"
                    f" différentes ; la plus fréquente est retenue ({self.facts[fact]})."
                )


def _unrecognised(where: str, contracts: Sequence[Contract]) -> str:
    titles = [quoted(c.title) for c in contracts[0].sent_columns if c.is_required and c.only_in is None][:4]
    wanted = (
        f"Attendu : une ligne d'en-tête avec {listed(titles)}"
        if len(contracts) == 1
        else (f"Attendu : l'une des tables {listed([quoted(c.title) for c in contracts], 'ou')}, avec ses en-têtes")
    )
    return (
        f"L'en-tête n'est pas reconnu : {where} n'a les colonnes attendues. {wanted}. Reprendre le modèle et renvoyer."
    )

"""Compiles a contract and the layout found in a file into the one query that types and judges the whole table."""

from __future__ import annotations

from relance.parsing import odd_texts, value_sql
from relance.parsing.contract import Column
from relance.parsing.layout import Layout
from relance.parsing.text_table import Body
from relance.sql import literal

DATA, EMPTY, TOTAL, FOOTNOTE = range(4)
VALUE_CHARS = 200
# Bytes. A cell may have a million characters (text_table.MAX_CELL_CHARS); hardly a line has a thousand.
SHORT_LINE, LONGEST_LINE = 2_000_000, 8_000_000
_NO_ODD = "CAST(NULL AS STRUCT(position INTEGER, what VARCHAR, value VARCHAR)[])"


def staging_sql(layout: Layout, body: Body, care: value_sql.Care | None = None) -> str:
    """A query with one row for each record of `body`, in its order.

    Columns: `row_number` (numbered bodies only), `v_<column>` for each column found, for amounts `x_<column>` (what
    rounding to the cent took), for columns whose sent text is kept `a_<column>` (that text, where it is another one
    than the value), for each amount in whose place a bracket may stand `b_<column>`, `kind` (`DATA`, `EMPTY`, `TOTAL`),
    `problems` (list of position, rule, value; NULL for a row without any), `is_broken` (whether it has any;
    `corrections` takes it back), `odd` (likewise of position, what, value: see `odd_texts`; only where the body is
    numbered or may have such texts), `label` (first filled cell, of totals and of rows with problems), `filled` (number
    of filled cells, of rows with problems) and `beside` (only where there are columns without a header: the first of
    them, from 0, that has something in this row).
    """
    found = [(c, layout.places[c.name]) for c in layout.contract.sent_columns if c.name in layout.places]
    in_order = sorted((p.index, c.name) for c, p in found)
    grouping = tuple(blank for blank in value_sql.GROUPING if blank in body.inner_blanks)

    carried = ["CAST(n AS BIGINT) AS row_number", "NULLIF(extra, '') AS extra"] if body.is_numbered else []
    cells = carried + [f"{value_sql.trimmed(f'c{p.index}', body.blanks)} AS s_{c.name}" for c, p in found]
    present = ["*", f"coalesce({', '.join(f's_{name}' for _, name in in_order)}, NULL) AS first_cell"]
    bracketed = [c for c, _ in found if c.brackets]
    for c in bracketed:
        own = f"s_{c.brackets}" if c.brackets in layout.places else None
        present.append(f"{value_sql.bracket(f's_{c.name}', own)} AS b_{c.name}")
    for c, _ in found:
        cell = f"CASE WHEN b_{c.name} IS NULL THEN s_{c.name} END" if c in bracketed else f"s_{c.name}"
        present.append(f"{value_sql.without_missing(c, cell)} AS m_{c.name}")
    dotted, direct, taken_apart, exact, typed = ["*"], ["*"], ["*"], ["*"], ["*"]
    entries, broken = [], []
    odd_entries, is_odd = [], []
    for position, (column, place) in enumerate(found):
        s, m, r, d, q, e, v = (f"{prefix}_{column.name}" for prefix in "smrdqev")
        if column.is_amount:
            dotted.append(f"{value_sql.dotted(m)} AS {r}")
            direct.append(f"{value_sql.direct(column, place.unit, r, grouping)} AS {d}")
        split = value_sql.parts(column, place.unit, m, r, d, grouping)
        if split:
            taken_apart.append(f"{split} AS {q}")
        if column.is_amount:
            exact.append(f"{value_sql.exact(column, place.unit, q, care)} AS {e}")
        value = value_sql.value(column, place.unit, m, q, d, e, body.inner_blanks, body.first_day, care)
        typed.append(f"{odd_texts.value(column, m, value, body.has_hash)} AS {v}")
        if odd := odd_texts.what(column, m, body.has_hash, body.has_odd):
            is_odd.append(odd[0])
            odd_entries.append(f"{{'position': {position}, 'what': {odd[1]}, 'value': left({s}, {VALUE_CHARS})}}")
        rules = value_sql.rules(column, place.unit, m, q, v, body.has_hash, care)
        if column.only_with and column.only_with[0] in layout.places:
            other, values = column.only_with
            rules.append(value_sql.Rule("only-with", f"v_{other} NOT IN ({value_sql.literals(values)})"))
        entries.append(_problem(position, value_sql.broken_rule(rules), s))
        broken.append(value_sql.is_broken(rules))
    if body.is_numbered:
        entries.append(_problem(len(found), "CASE WHEN extra IS NOT NULL THEN 'extra' END", "extra"))
        broken.append("extra IS NOT NULL")
    # Naming a rule is much more work than seeing that one is broken, and hardly any row breaks one.
    problems = f"list_filter([{', '.join(entries)}], lambda x: x.rule IS NOT NULL)"
    odd_texts_of_row = f"list_filter([{', '.join(odd_entries)}], lambda x: x.what IS NOT NULL)"
    judged = [
        "*",
        f"CASE WHEN {' OR '.join(is_odd)} THEN {odd_texts_of_row} END AS odd" if is_odd else f"{_NO_ODD} AS odd",
        f"CASE WHEN {' OR '.join(broken)} THEN {problems} END AS problems",
        f"CAST(CASE WHEN first_cell IS NULL THEN {EMPTY} WHEN {_is_total(layout)} THEN {TOTAL}"
        f" ELSE {DATA} END AS TINYINT) AS kind",
    ]
    # The pieces of a sheet are staged one after the other: all have the same columns.
    keeps_odd = body.is_numbered or body.has_odd or body.has_hash
    filled = " + ".join(f"CAST(s_{c.name} IS NOT NULL AS INTEGER)" for c, _ in found)
    selected = [
        *(["row_number"] if body.is_numbered else []),
        *(f"v_{c.name}" for c, _ in found),
        *(f"{value_sql.rounding(f'e_{c.name}', f'v_{c.name}')} AS x_{c.name}" for c, _ in found if c.is_amount),
        *(f"NULLIF(s_{name}, v_{name}) AS a_{name}" for name in sent_as(layout)),
        *(f"b_{c.name}" for c in bracketed),
        "kind",
        "problems IS NOT NULL AS is_broken",
        *(["odd"] if keeps_odd else []),
        f"CASE WHEN problems IS NOT NULL OR kind = {TOTAL} THEN left(first_cell, {VALUE_CHARS}) END AS label",
        "problems",
        f"CASE WHEN problems IS NOT NULL THEN {filled} END AS filled",
    ]
    # Which nameless column has something: it is not read, and that is said.
    beside = [(i, f"c{i}") for i in layout.nameless if i < body.width]
    if beside:
        filled_at = " ".join(f"WHEN {value_sql.trimmed(cell, body.blanks)} IS NOT NULL THEN {i}" for i, cell in beside)
        cells.append(f"CAST(CASE {filled_at} END AS SMALLINT) AS beside")
        selected.append("beside")
    query = _source(body)
    # Nested, no `WITH`: DuckDB materialises those and then inserts their rows in any order, while the row number
    # of a body that is read in place is the order of insertion.
    for step in (cells, present, dotted, direct, taken_apart, exact, typed, judged):
        if step == ["*"]:
            continue
        query = f"(SELECT {', '.join(step)} FROM {query})"
    return f"SELECT {', '.join(selected)} FROM {query}"


def sent_as(layout: Layout) -> dict[str, str]:
    """Of the columns found, those whose text is kept as it was sent -> the column that has it."""
    kept = ((c.derived_from, c.name) for c in layout.contract.columns if c.derived_from and not c.derived_pattern)
    return {source: name for source, name in kept if source in layout.places}


def as_sent(layout: Layout, name: str) -> str:
    """The staged value of a column found, as it was sent where that is kept."""
    return f"coalesce(a_{name}, v_{name})" if name in sent_as(layout) else f"v_{name}"


def signs_sql(layout: Layout, body: Body, column: Column) -> str:
    """A query of one row: whether each of `.` and `,` is this column's decimal sign beyond doubt.

    It is where some number has it before other than three decimals, or after a zero alone, and none has it between
    thousands. Of the number cells of a workbook all are written with a point, which tells nothing of its texts.
    """
    cell = value_sql.trimmed(f"c{layout.places[column.name].index}", body.blanks)
    looked_for = [
        f"coalesce(bool_or(regexp_full_match(core, '0?[{sign}]\\d+|.*\\d[{sign}](?:\\d{{1,2}}|\\d{{4,}})')), false)"
        f" AND NOT coalesce(bool_or(regexp_full_match(core, '.*[{sign}]\\d{{3}}[.,].*')), false)"
        if sign in body.telling_signs
        else "false"
        for sign in (".", ",")
    ]
    return f"SELECT {', '.join(looked_for)} FROM (SELECT number_parts({cell}).core AS core FROM {_source(body)})"


def row_number_sql(body: Body) -> str:
    """The sender's row number of a staged row."""
    return "row_number" if body.is_numbered else f"(staged.rowid + {body.header_row + 1})"


def _problem(position: int, rule: str, cell: str) -> str:
    return f"{{'position': {position}, 'rule': {rule}, 'value': left({cell}, {VALUE_CHARS})}}"


def _source(body: Body) -> str:
    names = [f"c{i}" for i in range(body.width)]
    if body.is_numbered:
        names = ["n", *names, "extra"]
    columns = ", ".join(f"'{n}': 'VARCHAR'" for n in names)
    where = f" WHERE CAST(n AS BIGINT) > {body.header_row}" if body.is_numbered else ""
    # Left alone, DuckDB takes buffers of sixteen of the longest lines admitted: 128 MB each. Small ones keep all
    # threads at work to the end of the file.
    is_short = body.longest_line is not None and body.longest_line < SHORT_LINE
    line, buffer = (SHORT_LINE, 2 * SHORT_LINE) if is_short else (LONGEST_LINE, 4 * LONGEST_LINE)
    return (
        f"(SELECT * FROM read_csv({literal(str(body.path))}, auto_detect = false, header = false,"
        f" delim = {literal(body.delimiter)}, quote = '\"', escape = '\"',"
        f" skip = {body.skip_lines}, strict_mode = true, null_padding = false, nullstr = '',"
        f" max_line_size = {line}, buffer_size = {buffer}, columns = {{{columns}}}){where})"
    )


# What a totals row is called, in small letters without accents. After a dash, a slash or a point may come a name or a
# year; anything else with a digit is an identifier (TOTAL-2021-001).
_TOTAL = (
    r"(?:(?:grand|sous|s|ss|sub|s/s)[ .\-/]*)?(?:total|totaux|totale?s|tot|ttl|t o t a l)"
    r"|ensemble|ens\.|cumuls?|sommes?|sum|summe|gesamt(?:summe)?|(?:a )?report(?:er)?|resultats?|moyennes?"
    r"|recap(?:itulatif|itulation)?|synthese|s\.?[/ ]?t|[\x{03c3}\x{2211}]"
    r"|(?:montant|cout|budget|credit|valeur|resultat)s? (?:total|totaux|totale?s|cumules?|general|generaux)"
    r"|(?:toute?s|tous)(?: (?:les|lignes|subventions|projets|aides|ministeres|confondue?s))+"
)
_TOTAL_CELL = (
    rf"(?s)^[*=>\-\s«\"(]*(?:{_TOTAL})(?:[\s\x{{00a0}}\x{{202f}}:=*()»\"].*|[.\-_/–—][^0-9]*(?:(?:19|20)\d\d)?)?$"
)
# How one may begin, and how most numbers of awards are formed. Looked at before: taking accents away takes long.
_TOTAL_BEGINS = (
    r"^(?i:t[ ot]|g(?:ra|es)|s[-/ .stuy]|so[um]|ens|cum|r[eé]|mo[ny]|[aà] r|co[uû]|bud|cr[eé]|val"
    r"|[*=>\-\s«\"(\x{03a3}\x{03c3}\x{2211}])"
)
_USUAL_NUMBER = "___-____-%"


def _is_total(layout: Layout) -> str:
    """A totals row: its first filled cell says so, and no other of the required texts says anything else."""
    required = [
        f"s_{c.name} <> first_cell"
        for c in layout.contract.sent_columns
        if c.is_required and c.name in layout.places and c.type not in ("number", "integer")
    ]
    others = f"coalesce({' OR '.join(required)}, false)" if required else "false"
    return (
        f"NOT {others} AND first_cell NOT LIKE '{_USUAL_NUMBER}'"
        f" AND regexp_matches(first_cell, {literal(_TOTAL_BEGINS)})"
        f" AND regexp_matches(lower(strip_accents(first_cell)), {literal(_TOTAL_CELL)})"
    )

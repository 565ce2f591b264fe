"""Rows in = accepted + rejected and each sum in cents = its parts, whatever stands in the cells."""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from relance.files import sha256_of
from relance.parsing import parse_object
from relance.parsing.table_parse import AmountSums, LawBroken, TableResult, check_law, check_rejected_amounts

UNITS = st.integers(min_value=-(10**12), max_value=10**12)
DECIMALS = st.sampled_from([2, 2, 2, 0, 1, 4, 7, 13])  # three may be thousands
GROUPS = st.sampled_from(["", " ", "\u00a0", "\u202f"])
JUNK = st.text(alphabet="ab;,.\"'\n €é%-()=\t", max_size=8)


def written(amount: Decimal, group: str, sign: str) -> str:
    """The amount as a sender writes it."""
    whole, _, decimals = f"{amount:,f}".partition(".")
    return whole.replace(",", group) + (f"{sign}{decimals}" if decimals else "")


MOST = Decimal(10) ** 10


def is_possible(amount: Decimal | None) -> bool:
    return amount is not None and 0 <= rounded(amount) <= MOST


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


AMOUNT = st.builds(
    lambda units, decimals, group, sign: (written(a := Decimal(units).scaleb(-decimals), group, sign), a),
    UNITS, DECIMALS, GROUPS, st.sampled_from([",", "."]),
)  # fmt: skip
CELL = st.one_of(AMOUNT, AMOUNT, JUNK.filter(lambda t: not any(c.isdigit() for c in t)).map(lambda t: (t, None)))
ROW = st.tuples(st.sampled_from([*"ABCDEFGHIJ", ""]), CELL, CELL, JUNK)


# No shrinking: one example takes half a second, and the failing rows are few and readable as they are.
@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    rows=st.lists(ROW, max_size=12),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    delimiter=st.sampled_from([";", ",", "\t", "|"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_every_row_and_every_cent_is_accepted_or_rejected(
    rows: list[tuple[str, tuple[str, Decimal | None], tuple[str, Decimal | None], str]],
    encoding: str,
    delimiter: str,
    line_end: str,
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    writer.writerows([["Code du ministère", "COT"], ["Période", "2021-T2"], []])
    writer.writerow(["N° de subvention", "AE engagées cumulées (€)", "CP payés cumulés (€)", "Observations"])
    for award, (committed, _), (paid, _), comment in rows:
        # A letter in the comment keeps the row from being empty, and from reading as a footnote.
        writer.writerow([award, committed, paid, f"x {comment}"])
    # Windows-1252 has no narrow no-break space.
    content = text.getvalue().replace("\u202f", "\u00a0") if encoding == "cp1252" else text.getvalue()
    data = content.encode(encoding)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "object"
        source.write_bytes(data)
        parsed = parse_object(source, hashlib.sha256(data).hexdigest(), "submission", Path(folder) / "parsed")
        assert parsed.reason is None
        entry = parsed.facts["tables"]["execution"]
        accepted = duckdb.execute(
            "SELECT count(*), sum(committed_eur), sum(paid_eur) FROM read_parquet(?)",
            [str(parsed.rows_path("execution"))],
        ).fetchall()[0]
        rejected = duckdb.execute(
            "SELECT count(DISTINCT row_number) FROM read_parquet(?)", [str(parsed.rejects_path("execution"))]
        ).fetchall()[0][0]
        lost_path = parsed.rejected_amounts_path("execution")
        assert lost_path.exists() == (rejected > 0)
        lost = dict(
            duckdb.execute(
                "SELECT column_name, sum(rejected_eur) FROM read_parquet(?) GROUP BY ALL", [str(lost_path)]
            ).fetchall()
            if rejected
            else ()
        )
    # The oracle knows what was written; it does not read the texts again.
    seen: set[str] = set()
    good = []
    for award, (_, committed), (_, paid), _ in rows:
        if award and award not in seen and is_possible(committed) and is_possible(paid):
            good.append((committed, paid))
        seen.add(award)
    assert entry["rows_in"] == len(rows)
    assert (entry["rows_accepted"], entry["rows_rejected"]) == (accepted[0], rejected)
    assert accepted[0] == len(good)
    for position, column in enumerate(("committed_eur", "paid_eur")):
        sums = {name: Decimal(euros) for name, euros in entry["amounts"][column].items()}
        # What is more than any amount can be is none, and counts 0.
        counted = [amount for row in rows if (amount := row[1 + position][1]) and abs(rounded(amount)) <= MOST]
        assert sums["in_eur"] == sum(counted, Decimal(0))
        assert sums["accepted_eur"] == sum((rounded(pair[position]) for pair in good), Decimal(0))
        assert sums["in_eur"] == sums["accepted_eur"] + sums["rejected_eur"] + sums["rounding_eur"]
        assert (accepted[1 + position] or Decimal(0)) == sums["accepted_eur"]
        assert lost.get(column, Decimal(0)) == sums["rejected_eur"]


def _result(rows: tuple[int, int, int], sums: AmountSums) -> TableResult:
    return TableResult("execution", None, 1, *rows, {"paid_eur": sums}, ())


def test_a_lost_row_breaks_the_law() -> None:
    with pytest.raises(LawBroken, match="3 rows in, 1 accepted"):
        check_law(_result((3, 1, 1), AmountSums(*map(Decimal, (0, 0, 0, 0)))))


def test_a_lost_cent_breaks_the_law() -> None:
    with pytest.raises(LawBroken, match="paid_eur"):
        check_law(_result((2, 1, 1), AmountSums(*map(Decimal, ("3", "2", "0.99", "0")))))


def test_a_lost_rounding_breaks_the_law() -> None:
    parts = ("3.0000000000000001", "2", "1", "0")
    with pytest.raises(LawBroken, match=r"3\.0000000000000001"):
        check_law(_result((2, 1, 1), AmountSums(*map(Decimal, parts))))


def test_a_broken_law_sets_the_file_aside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(_: TableResult) -> None:
        raise LawBroken("essai")

    monkeypatch.setattr("relance.parsing.table_parse.check_law", broken)
    source = tmp_path / "object"
    source.write_text("Projet;Ministère;Projet interministériel\nA;B;Oui\n", encoding="utf-8")
    parsed = parse_object(source, sha256_of(source), "panorama", tmp_path / "parsed")
    assert parsed.is_set_aside
    assert "lignes lues = acceptées + rejetées" in (parsed.reason or "")
    assert sorted(p.name for p in parsed.directory.iterdir()) == ["file.json"]


def test_a_rejected_amount_that_no_row_has_breaks_the_law() -> None:
    result = _result((1, 0, 1), AmountSums(*map(Decimal, ("3.10", "0", "3.10", "0"))))
    check_rejected_amounts(result, {"paid_eur": Decimal("3.10")})
    with pytest.raises(LawBroken, match=r"paid_eur: 3\.09 in rejected rows"):
        check_rejected_amounts(result, {"paid_eur": Decimal("3.09")})
    with pytest.raises(LawBroken, match="paid_eur: 0 in rejected rows"):
        check_rejected_amounts(result, {})

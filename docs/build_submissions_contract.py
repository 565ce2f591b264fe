"""Writes docs/submissions-contract.md from the contracts: `python docs/build_submissions_contract.py`.

The rules stand in docs/submissions-contract-introduction.md; the tables come from include/relance/contracts, so that
the page and what is accepted cannot differ. A test checks that the page is current.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pages import write

from relance.parsing import Column, Contract, load_contracts
from relance.parsing.sentences import EXAMPLES
from relance.parsing.wording import integer

DOCS = Path(__file__).parent
PAGE = DOCS / "submissions-contract.md"
KINDS = {"submission": "Envoi trimestriel d'un ministère", "panorama": "Panorama des grands projets"}
TYPES = {"string": "texte", "number": "nombre", "integer": "nombre entier", "date": "date", "boolean": "oui ou non"}
EXAMPLES_OF_TYPE = {"number": "6,5", "integer": "12", "date": "15/04/2021", "boolean": "Oui"}


def page() -> str:
    """The whole page."""
    parts = [(DOCS / "submissions-contract-introduction.md").read_text(encoding="utf-8").rstrip()]
    for kind, title in KINDS.items():
        parts.append(f"## {title}")
        parts += ["\n".join(_section(contract)) for contract in load_contracts(kind)]
    return "\n\n".join(parts) + "\n"


def _section(contract: Contract) -> Iterator[str]:
    yield f"### {contract.title} (`{contract.raw['name']}`)\n"
    if contract.sheets:
        yield f"Onglet : {', '.join(contract.sheets)}.\n"
    if contract.primary_key:
        yield f"Clé : {_titles(contract, contract.primary_key)}.\n"
    for key in contract.foreign_keys:
        yield f"{_titles(contract, key.columns)} doit figurer dans la table « {key.title} » du même fichier.\n"
    yield "| colonne | type | obligatoire | valeurs admises | unité | exemple | autres en-têtes |"
    yield "|---|---|---|---|---|---|---|"
    for column in contract.sent_columns:
        others = [h for h in (*column.headers[1:], *column.headers_beside) if h != column.title]
        cells = (
            column.title,
            TYPES[column.type],
            _required(contract, column),
            _values(contract, column),
            column.unit or "",
            _example(column),
            ", ".join(others),
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _titles(contract: Contract, names: tuple[str, ...]) -> str:
    return ", ".join(f"« {contract.column(name).title} »" for name in names)


def _required(contract: Contract, column: Column) -> str:
    if column.is_required_with_amounts:
        return "la colonne, si le fichier a des montants"
    if not column.is_required:
        return "non"
    editions = {v.name: v.editions for v in contract.vintages}
    return f"oui ({editions[column.only_in]})" if column.only_in else "oui"


def _values(contract: Contract, column: Column) -> str:
    said = []
    if column.enum:
        said.append(", ".join(column.enum))
    if column.pattern:
        said.append(f"forme `{column.pattern}`")
    if column.minimum is not None:
        said.append(f"à partir de {_bound(column, column.minimum)}")
    if column.maximum is not None:
        said.append(f"jusqu'à {_bound(column, column.maximum)}")
    if column.is_not_after_reception:
        said.append("au plus tard le jour de la réception")
    if column.only_with:
        other, values = column.only_with
        said.append(f"seulement avec {', '.join(values)} dans « {contract.column(other).title} »")
    if column.type == "boolean":
        said.append(", ".join((*column.true_values, *column.false_values)))
    if column.is_unique:
        said.append("une fois par fichier")
    if column.missing:
        said.append(f"absente si {', '.join(column.missing)}")
    return " ; ".join(said)


def _bound(column: Column, bound: str) -> str:
    if column.type == "date":
        return f"{date.fromisoformat(bound):%d/%m/%Y}"
    return integer(int(bound)) if bound.isdigit() else bound


def _example(column: Column) -> str:
    if column.example:
        return column.example
    if column.enum:
        return column.enum[0]
    if column.is_amount:
        return EXAMPLES[column.unit or "€"]
    return "juillet 2013" if column.reads_months else EXAMPLES_OF_TYPE.get(column.type, "")


if __name__ == "__main__":
    write(PAGE, page())

"""The French sentence for each rule: what was found, what was expected, what to do.

A sentence is a template with `{place}` (sheet, row, column), `{value}` (as sent) and `{first}` (row of the
first occurrence); the compiled SQL fills them in for all rejects at once.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from relance.parsing import odd_texts, siret
from relance.parsing.contract import Column, Contract
from relance.parsing.wording import amount, listed, plural, quoted

UNITS = {"€": "d'euros", "k€": "de milliers d'euros", "M€": "de millions d'euros"}
OF_TIME = {"mois": " de mois", "ans": " d'années"}
EXAMPLES = {"€": "1 234,56", "k€": "1 234,5", "M€": "12,63"}


def place(sheet: str | None, header: str) -> str:
    """`Feuille « Subventions », ligne {row}, colonne « Montant accordé (€) »`."""
    return f"{row_place(sheet)}, colonne {quoted(header)}"


def row_place(sheet: str | None) -> str:
    """`Feuille « Subventions », ligne {row}`; a CSV has no sheet."""
    return f"Feuille {quoted(sheet)}, ligne {{row}}" if sheet is not None else "Ligne {row}"


def _bound(column: Column, bound: str) -> str:
    if column.type == "date":
        return f"{date.fromisoformat(bound):%d/%m/%Y}"
    return f"{amount(Decimal(bound))} {column.unit}" if column.is_amount else bound


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def _signed(column: Column, number: str) -> str:
    """An example written with the contract's own signs."""
    decimal_char, group_char = column.signs or (",", " ")
    return number.translate({ord(" "): group_char, ord(","): decimal_char})


def _date_form(column: Column) -> str:
    form = column.date_format or "%d/%m/%Y"
    for directive, letters in (("%d", "jj"), ("%m", "mm"), ("%Y", "aaaa"), ("%y", "aa")):
        form = form.replace(directive, letters)
    return form


def key_sentence(contract: Contract, column: str, rule: str) -> str | None:
    """What follows the place for a broken key of several columns, or of another table; `None` for other rules."""
    if rule == "primary-key":
        titles = listed([quoted(contract.column(name).title) for name in contract.primary_key])
        return (
            f"« {{value}} » figure déjà à la ligne {{first}}. Les colonnes {titles} doivent former ensemble une valeur"
            " différente à chaque ligne : supprimer la ligne en double ou corriger."
        )
    if rule == "only-with":
        own = contract.column(column)
        name, values = own.only_with or ("", ())
        return (
            f"« {{value}} » n'a de sens qu'avec {listed(list(values), 'ou')} dans la colonne"
            f" {quoted(contract.column(name).title)}. Laisser la cellule vide, ou corriger l'autre."
        )
    if rule == "foreign-key":
        (key,) = (k for k in contract.foreign_keys if k.columns[0] == column)
        return (
            f"« {{value}} » ne figure à aucune ligne de la table {quoted(key.title)} de ce fichier. Corriger la valeur,"
            f" ou ajouter la ligne qui manque dans {quoted(key.title)}."
        )
    return None


def sentence(column: Column, rule: str, unit: str | None) -> str:
    """What follows the place, ending with what to do. `unit` is the amount's own unit in this file."""
    own = unit or "€"
    expected_amount = f"un nombre {UNITS[own]}, par exemple {_signed(column, EXAMPLES[own])}"
    optional = "" if column.is_required else " ou laisser la cellule vide"
    month = ", ou un mois (juillet 2013)" if column.reads_months else ""
    of = OF_TIME.get(column.unit or "", "")
    example = f", par exemple {column.example}" if column.example else ""
    return {
        "required": "la valeur manque. Elle est obligatoire : la renseigner.",
        "error-cell": "« {value} » est une cellule en erreur : sa formule n'a pas de résultat. Attendu : une valeur."
        f" Corriger la formule{optional}.",
        "uncomputed": "la formule n'a jamais été calculée. Attendu : une valeur. Ouvrir le classeur dans un"
        " tableur, l'enregistrer et le renvoyer.",
        "amount": f"« {{value}} » n'est pas un montant. Attendu : {expected_amount}. Corriger{optional}.",
        "unit": f"« {{value}} » dit une unité, l'en-tête une autre ({own}). Attendu : {expected_amount}. Écrire le"
        " montant dans l'unité de l'en-tête, ou corriger l'en-tête.",
        "scaled": "le format de la cellule affiche le nombre divisé par mille ou un million, sans dire l'unité."
        f" Attendu : {expected_amount}. Donner à la cellule un format de nombre ordinaire.",
        "decimals": f"« {{value}} » a plus de décimales qu'un montant n'en a. Attendu : {expected_amount}."
        " Arrondir au centime.",
        "ambiguous": "« {value} » peut se lire de deux façons (milliers ou décimales). Attendu : "
        f"{expected_amount}. Écrire le montant sans séparateur de milliers, ou avec une espace.",
        "size": f"« {{value}} » est trop grand{' pour un montant en euros' if column.is_amount else ''}."
        " Vérifier l'unité de la colonne et corriger.",
        "number": f"« {{value}} » n'est pas un nombre{of}. Attendu : un nombre{of}, par exemple"
        f" {_signed(column, '6,5')}. Corriger{optional}.",
        "integer": f"« {{value}} » n'est pas un nombre entier{of}. Attendu : un nombre entier{of}, par exemple 12."
        f" Corriger{optional}.",
        "date": f"« {{value}} » n'est pas une date. Attendu : une date {_date_form(column)}{month}."
        f" Corriger{optional}.",
        "boolean": f"« {{value}} » n'est ni « Oui » ni « Non ». Répondre par l'un des deux{optional}.",
        "enum": f"« {{value}} » n'est pas une valeur admise. Attendu : {listed(column.enum or ('',), 'ou')}."
        f" Corriger{optional}.",
        "pattern": f"« {{value}} » n'a pas la forme attendue{example}. Corriger{optional}.",
        "min-length": f"« {{value}} » compte moins de {plural(column.min_length or 0, 'caractère')}."
        f" Compléter{optional}.",
        "max-length": f"« {{value}} » compte plus de {plural(column.max_length or 0, 'caractère')}. Abréger{optional}.",
        "not-after": f"« {{value}} » est après le jour de la réception du fichier ({_day(column.last_day)})."
        " Attendu : une date passée. Corriger.",
        "minimum": f"« {{value}} » est inférieur au minimum admis ({_bound(column, column.minimum or '')})."
        f" Corriger{optional}."
        if column.minimum
        else "",
        "maximum": f"« {{value}} » est supérieur au maximum admis ({_bound(column, column.maximum or '')})."
        f" Corriger{optional}."
        if column.maximum
        else "",
        "unique": "« {value} » figure déjà à la ligne {first} (la casse, les espaces, la forme des tirets et les"
        " caractères invisibles ne comptent pas). Chaque valeur ne doit apparaître qu'une fois : si ce sont deux lignes"
        " différentes, donner à chacune sa valeur ; sinon supprimer la ligne en double.",
    }[rule]


_CLEARED = "La cellule est lue comme vide, le reste de la ligne compte."
_SIRET = "Attendu : les 14 chiffres du SIRET"


def correction(column: Column, rule: str) -> str:
    """What follows the place for a cell that was cleared or repaired. `{read}` is the value read."""
    said = {
        siret.SIREN: f"« {{value}} » est un SIREN : il dit l'organisme, pas l'établissement. {_SIRET}, qui commence par"
        " ces 9 chiffres. Compléter, ou laisser la cellule vide.",
        siret.RIDET: "« {value} » a la forme d'un numéro RIDET (Nouvelle-Calédonie), qui n'est pas un SIRET."
        f" {_SIRET} si l'organisme en a un, sinon une cellule vide.",
        siret.TAHITI: "« {value} » a la forme d'un numéro TAHITI (Polynésie française), qui n'est pas un SIRET."
        f" {_SIRET} si l'organisme en a un, sinon une cellule vide.",
        siret.LETTERS: f"« {{value}} » a des lettres. {_SIRET}. Corriger ou laisser la cellule vide.",
        siret.LENGTH: f"« {{value}} » n'a pas 14 chiffres. {_SIRET}. Corriger ou laisser la cellule vide.",
        odd_texts.ERROR_TEXT: "« {value} » est une cellule en erreur : ce n'est pas un texte. Corriger la formule, ou"
        " vider la cellule.",
    }
    repaired = {
        siret.REPAIRED: "« {value} » est lu {read} : un tableur en a fait un nombre. Mettre la colonne au format"
        " texte avant de saisir les numéros.",
        odd_texts.REREAD: "« {value} » est lu « {read} » : le texte, en UTF-8, a été ouvert dans un autre encodage puis"
        " enregistré. Repartir du fichier d'origine, ou corriger la cellule.",
    }
    return repaired.get(rule) or f"{said.get(rule) or sentence(column, rule, None)} {_CLEARED}"


EXTRA = (
    "la ligne a des cellules au-delà de la dernière colonne : « {value} ». Vérifier que les cellules qui "
    "contiennent le séparateur sont entre guillemets."
)
RULES = (
    "required", "error-cell", "uncomputed", "amount", "unit", "scaled", "decimals", "ambiguous", "size", "number",
    "integer", "date", "boolean", "enum", "pattern", "min-length", "max-length", "minimum", "maximum", "unique",
    "primary-key", "foreign-key", "only-with", "not-after",
)  # fmt: skip

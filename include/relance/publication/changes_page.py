"""The page of what a publication changes, for an analyst: one HTML file, French, without script or outside address."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from relance import french
from relance.feedback.page import page_template
from relance.feedback.safe import one_line

# Rows of one mart that the page shows; changes.json lists more.
SHOWN_ROWS = 50
SHOWN_RESTATEMENTS = 200
HEADLINE_MART = "fund.fund_line_execution"

KINDS = {"added": "ajoutée", "removed": "retirée", "changed": "modifiée"}
FILE_CHANGES = {
    "received": "reçu",
    "not_yet_received": "pas encore reçu à cette date",
    "counts": "compte de nouveau",
    "replaced": "ne compte plus",
}
STATUS_CHANGES = {"set_aside": "écarté", "undecided": "à départager"}
POSSIBLE = {
    "files": "un des fichiers ci-dessus",
    "reference": "les valeurs de référence qui ont changé",
    "code": "le changement du code",
    "contracts": "le changement des contrats de lecture",
    "as_of": "le passage du temps",
}
THEMES = {
    "fund": "Le fonds",
    "project": "Les grands projets",
    "shared": "Référentiels communs",
    "quality": "Suivi de la qualité et des fichiers",
}


def page(changes: dict[str, Any], manifest: dict[str, Any], ministries: dict[str, str]) -> bytes:
    """The page in UTF-8, from the content of `changes.json` and the publication's manifest.

    `ministries` gives the name of each ministry code.
    """
    files = {one["receipt_id"]: one for one in changes["causes"]["files"]}
    marts = [
        _mart(name, mart, manifest["marts"].get(name, {}), files)
        for name, mart in changes["marts"].items()
        if any(mart["counts"].values()) or mart["columns_added"] or mart["columns_removed"]
    ]
    restatements = _told_once(changes["restatements"])
    themes = [(THEMES[theme], [mart for mart in marts if mart["theme"] == theme]) for theme in THEMES]
    labels = {
        column["name"]: column["label_fr"] for mart in manifest["marts"].values() for column in mart.get("columns", ())
    }
    return (
        page_template("relance.publication", "changes.html.jinja")
        .render(
            as_of=_instant(manifest["as_of"]),
            before_as_of=_instant(changes["compared_to"]["as_of"]),
            restated=_restated(changes, manifest),
            backfill=manifest.get("backfill"),
            causes=changes["causes"],
            files=[_file(one, files, ministries) for one in files.values()],
            headline=[_total(one) for one in changes["totals"] if one["mart"] == HEADLINE_MART],
            restatements=[_restatement(one, labels, files, ministries) for one in restatements[:SHOWN_RESTATEMENTS]],
            restatement_count=len(restatements),
            themes=[(title, marts) for title, marts in themes if marts],
            is_same=not any(mart["counts"][kind] for mart in changes["marts"].values() for kind in KINDS),
            shown_rows=SHOWN_ROWS,
        )
        .encode("utf-8")
    )


def _restated(changes: dict[str, Any], manifest: dict[str, Any]) -> str | None:
    """The revision of the same date that this one is compared with; None where it is another date's."""
    compared_to = manifest.get("compared_to")
    is_same_date = changes["compared_to"]["as_of"] == manifest["as_of"]
    return str(compared_to["revision"]) if compared_to and is_same_date else None


def _instant(text: str) -> str:
    return french.instant(dt.datetime.fromisoformat(text))


def _total(one: dict[str, Any]) -> dict[str, str]:
    return {
        "label": one["label_fr"],
        "before": _euros(one["before"]),
        "after": _euros(one["after"]),
        "difference": _euros(one["difference"], signed=True) if Decimal(one["difference"]) else "inchangé",
    }


def _file(one: dict[str, Any], files: dict[str, Any], ministries: dict[str, str]) -> dict[str, Any]:
    return {
        "name": one["file_name"],
        "whose": _whose(one, ministries),
        "received": _instant(one["received_at"]),
        "change": STATUS_CHANGES.get(one["status"]) or FILE_CHANGES[one["change"]],
        "reason": one["reason"],
        "replaced_by": [files[other]["file_name"] for other in one["replaced_by"] if other in files],
    }


def _whose(one: dict[str, Any], ministries: dict[str, str]) -> str:
    """Of whom a file speaks, and of when: a ministry and period, an edition, a dossier."""
    if one["ministry_code"]:
        named = ministries.get(one["ministry_code"], one["ministry_code"])
        return f"{named} ({one['ministry_code']}), {one['period']}" if one["period"] else named
    if one["edition"]:
        return f"Panorama, édition de {french.month(dt.date.fromisoformat(one['edition'] + '-01'))}"
    return f"Dossier {one['dossier_number']}" if one["dossier_number"] else one["feed"]


def _told_once(restatements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What files say otherwise, without what differs from the period before exactly as from the same period."""
    told = ("new_receipt_id", "table_name", "row_key", "occurrence", "column_name", "old_value", "new_value")
    same = {tuple(one[name] for name in told) for one in restatements if one["scope"] == "same"}
    return [one for one in restatements if one["scope"] == "same" or tuple(one[name] for name in told) not in same]


def _restatement(
    one: dict[str, Any], labels: dict[str, str], files: dict[str, Any], ministries: dict[str, str]
) -> dict[str, str]:
    unit = "EUR" if one["difference_eur"] is not None else "text"
    file = files.get(one["new_receipt_id"])
    return {
        "ministry": ministries.get(one["ministry_code"], one["ministry_code"] or "Panorama"),
        "period": (one["period"] or one["edition_month"] or "")
        + (" (contre la période précédente)" if one["scope"] == "later" else ""),
        "row": one["row_key"],
        "what": labels.get(one["column_name"], one["column_name"] or "toute la ligne"),
        "before": _value(one["old_value"], unit),
        "after": _value(one["new_value"], unit),
        "file": file["file_name"] if file else "",
    }


def _mart(name: str, mart: dict[str, Any], described: dict[str, Any], files: dict[str, Any]) -> dict[str, Any]:
    columns = {column["name"]: column for column in described.get("columns", ())}
    counts = mart["counts"]
    said = [
        french.count(counts[kind], f"ligne {word}").replace(f"ligne {word}s", f"lignes {word}s")
        for kind, word in KINDS.items()
        if counts[kind]
    ]
    if counts["resourced"]:
        said.append(
            f"{french.count(counts['resourced'], 'ligne')} relue dans un autre fichier, sans changer de valeur".replace(
                "lignes relue", "lignes relues"
            )
        )
    if mart["is"] != "compared":
        said.append("tableau nouveau" if mart["is"] == "added" else "tableau retiré")
    return {
        "name": name,
        "theme": name.split(".")[0],
        "label": mart["label_fr"],
        "said": ", ".join(said),
        "columns_added": mart["columns_added"],
        "columns_removed": mart["columns_removed"],
        "rows": [_row(row, columns, files) for row in mart["listed"][:SHOWN_ROWS]],
        "row_count": sum(counts[kind] for kind in KINDS),
    }


def _row(row: dict[str, Any], columns: dict[str, Any], files: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": KINDS[row["change"]],
        "key": [one_line(str(value)) for value in row["key"].values() if value is not None],
        "figures": [_figure(name, sides, columns) for name, sides in row["columns"].items()],
        "causes": [files[one]["file_name"] for one in row["causes"].get("files", ()) if one in files]
        or [POSSIBLE[one] for one in row["causes"].get("possible", ())],
    }


def _figure(name: str, sides: dict[str, Any], columns: dict[str, Any]) -> dict[str, str]:
    unit = columns.get(name, {}).get("unit", "text")
    return {
        "label": columns.get(name, {}).get("label_fr", name),
        "before": _value(sides["before"], unit),
        "after": _value(sides["after"], unit),
    }


def _value(value: Any, unit: str) -> str:
    """A value as French readers write it; nothing where there is none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if unit.startswith("EUR") and _is_number(value):
        return _euros(value)
    if unit == "ratio" and _is_number(value):
        return french.percent(int(Decimal(value).scaleb(6)))
    if unit in ("date", "month") and isinstance(value, str):
        day = dt.date.fromisoformat(value[:10])
        return french.month(day) if unit == "month" else french.short_day(day)
    if not isinstance(value, str) or (unit not in ("text", "code", "identifier") and _is_number(value)):
        return french.number(Decimal(str(value)))
    return one_line(value)


def _is_number(value: Any) -> bool:
    try:
        return Decimal(str(value)).is_finite()
    except ArithmeticError:
        return False


def _euros(value: str | None, *, signed: bool = False) -> str:
    return "–" if value is None else french.euros(int(Decimal(value).scaleb(2)), signed=signed)

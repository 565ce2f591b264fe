"""Write the sample dossiers of the fund's procedure: synthetic, as the documents that the collection lands.

    python samples/write_applications.py [<folder to write to>]

The form is invented after the fund's published rules; so are all projects and amounts. The bodies are named as
fictitious ones, and their SIRET are well formed but nobody's. The same script gives the same bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

DEMARCHE = 21021
NOTICE = "Dossier synthétique, sans valeur administrative"
CALLS = {
    "ITN1": "Guichet Dématérialisation",
    "ITN3": "Guichet Extension territoriale",
    "ITN5": "Appel à projets Données",
    "ITN7": "Guichet Collectivités territoriales",
}
# Number, line, body, department, region, total cost, requested, state, awarded, month of filing.
DOSSIERS = [
    (4100001, "ITN7", "Commune d'Essai-sur-Loire", "45", "24", "120000.00", "60000.00", "accepte", "55000.00", 2),
    (4100002, "ITN7", "Communauté de communes du Pays d'Exemple", "63", "84", "240000.50", "120000.25", "accepte",
     "120000.25", 2),
    (4100003, "ITN7", "Département de Démonstration", "2A", "94", "900000.00", "450000.00", "en_instruction", None, 2),
    (4100004, "ITN7", "Ville d'Échantillon", "974", "04", "80000.00", "40000.00", "refuse", None, 2),
    (4100005, "ITN7", "Syndicat mixte de l'Essai numérique", "29", "53", "310000.00", "155000.00",
     "sans_suite", None, 3),
    (4100006, "ITN1", "Direction fictive des démarches", "75", "11", "2000000.00", "1000000.00",
     "accepte", "800000.00", 3),
    (4100007, "ITN1", "Agence fictive des usagers", "75", "11", "1500000.00", "700000.00", "en_instruction", None, 3),
    (4100008, "ITN3", "Préfecture d'Exemple", "69", "84", "400000.00", "300000.00", "accepte", "300000.00", 3),
    (4100009, "ITN3", "Préfecture de Démonstration", "33", "75", "200000.00", "150000.00", "en_construction", None, 4),
    (4100010, "ITN5", "Institut fictif de la donnée", "35", "53", "650000.00", "325000.00", "accepte", "300000.00", 3),
    (4100011, "ITN5", "Service statistique d'essai", "92", "11", "500000.10", "250000.05", "en_instruction", None, 4),
    (4100012, "ITN7", "Commune de Maquette-les-Bains", "73", "84", "60000.00", "30000.00", "accepte", "30000.00", 3),
    (4100013, "ITN7", "Commune de Prototype", "59", "32", "45000.00", "22500.00", "refuse", None, 3),
    (4100014, "ITN7", "Région d'Essai", "67", "44", "1800000.00", "900000.00", "en_instruction", None, 4),
    (4100015, "ITN7", "Métropole de Démonstration", "13", "93", "2600000.00", "1300000.00", "en_construction", None, 5),
    (4100016, "ITN1", "Direction fictive de l'accueil", "44", "52", "750000.00", "375000.00",
     "accepte", "375000.00", 4),
    (4100017, "ITN5", "Observatoire fictif des territoires", "31", "76", "280000.00", "140000.00",
     "sans_suite", None, 4),
    (4100018, "ITN7", "Communauté d'agglomération du Modèle", "76", "28", "520000.00", "260000.00", "accepte",
     "200000.00", 3),
    (4100019, "ITN7", "Commune de Gabarit", "21", "27", "38000.00", "19000.00", "en_instruction", None, 5),
    (4100020, "ITN3", "Préfecture du Modèle", "87", "75", "160000.00", "120000.00", "accepte", "120000.00", 4),
    (4100021, "ITN7", "Commune d'Esquisse", "50", "28", "27000.00", "13500.00", "en_construction", None, 5),
    (4100022, "ITN7", "Syndicat intercommunal de la Trame", "88", "44", "98000.00", "49000.00",
     "accepte", "49000.00", 4),
    (4100023, "ITN1", "Opérateur fictif des titres", "08", "44", "1200000.00", "600000.00", "en_instruction", None, 5),
    (4100024, "ITN5", "Centre fictif de calcul", "91", "11", "990000.00", "495000.00", "refuse", None, 4),
]  # fmt: skip
ITEMS = {
    4100002: [("Prestations de développement", "180000.50"), ("Formation des agents", "60000.00")],
    4100006: [("Prestations de développement", "1500000.00"), ("Matériel", "300000.00"), ("Formation", "200000.00")],
    4100010: [("Prestations de données", "650000.00")],
}


def siret_of(number: int) -> str:
    """A number of the right form: its check digit is made wrong, so that no body can have it."""
    digits = f"9{number:012d}"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{(10 - total % 10 + 1) % 10}"


def champ(kind: str, number: int, label: str, shown: str, **values: Any) -> dict[str, Any]:
    """One field of the form, as the API gives it."""
    return {
        "__typename": f"{kind}Champ",
        "id": f"champ-{number}-{label}",
        "champDescriptorId": f"descripteur-{label}",
        "label": label,
        "stringValue": shown,
        "updatedAt": "2021-02-01T09:00:00+01:00",
        **values,
    }


def decimal(number: int, label: str, amount: str) -> dict[str, Any]:
    return champ("DecimalNumber", number, label, amount, decimal=amount)


def dossier(row: tuple[Any, ...], changed_at: str | None = None, **changes: Any) -> dict[str, Any]:
    """A whole dossier. `changes`: state, awarded or siret other than those of its row."""
    number, line, body, department, region, cost, requested, state, awarded, month = row
    state, awarded = changes.get("state", state), changes.get("awarded", awarded)
    siret = changes.get("siret", siret_of(number))
    offset = "+02:00" if month >= 4 else "+01:00"
    filed, reviewed = f"2021-{month:02d}-05T09:30:00{offset}", f"2021-{month:02d}-20T14:00:00{offset}"
    decided = f"2021-{month + 1:02d}-10T11:00:00+02:00" if state in ("accepte", "refuse", "sans_suite") else None
    in_review = None if state == "en_construction" else reviewed
    organisation = {
        "siret": siret,
        "siegeSocial": True,
        "naf": "8411Z",
        "libelleNaf": "Administration publique générale",
        "address": {"departmentCode": department, "regionCode": region},
        "entreprise": {"siren": siret[:9], "raisonSociale": body, "etatAdministratif": "Actif"},
    }
    champs = [
        champ("Text", number, "Nature des données", NOTICE, text=NOTICE),
        champ("DropDownList", number, "Ligne du fonds", line, choice=line),
        champ("DropDownList", number, "Guichet ou appel à projets", CALLS[line], choice=CALLS[line]),
        champ("Text", number, "Intitulé du projet", f"Projet d'essai {number}", text=f"Projet d'essai {number}"),
        champ("Siret", number, "SIRET du porteur", siret, etablissement=organisation),
        champ("Departement", number, "Département du projet", department, departement={"code": department}),
        champ("Date", number, "Date de début prévue", "1 septembre 2021", date="2021-09-01"),
        champ("IntegerNumber", number, "Nombre d'agents concernés", "120", integer="120"),
        champ("YesNo", number, "Autre cofinancement", "Oui", isYes=number % 2 == 0),
        decimal(number, "Coût total du projet (€)", cost),
        decimal(number, "Montant demandé (€)", requested),
        champ(
            "Repetition", number, "Postes de dépense", "",
            rows=[
                {"id": f"ligne-{number}-{place}",
                 "champs": [champ("Text", number, "Poste", name, text=name), decimal(number, "Coût (€)", amount)]}
                for place, (name, amount) in enumerate(ITEMS.get(number, []), start=1)
            ],
        ),
        champ("PieceJustificative", number, "Pièces justificatives", "devis.pdf",
              files=[{"filename": "devis.pdf", "contentType": "application/pdf", "byteSizeBigInt": "1024"}]),
    ]  # fmt: skip
    annotations = [decimal(number, "Montant accordé (€)", awarded)] if awarded else []
    return {
        "id": f"dossier-{number}",
        "number": number,
        "state": state,
        "archived": False,
        "motivation": None,
        "dateDepot": filed,
        "datePassageEnConstruction": filed,
        "datePassageEnInstruction": in_review,
        "dateTraitement": decided,
        "dateDerniereModification": changed_at or decided or in_review or filed,
        "groupeInstructeur": {"number": 1, "label": "défaut"},
        "demandeur": {"__typename": "PersonneMorale", **organisation},
        "champs": champs,
        "annotations": annotations,
    }


def documents() -> dict[str, tuple[dict[str, Any], str]]:
    """Name -> (document, instant of its reception): each dossier the night after its last change."""
    found: dict[str, tuple[dict[str, Any], str]] = {}
    for row in DOSSIERS:
        # One SIRET is a digit short: its row is rejected.
        content = dossier(row, siret="9000041000130") if row[0] == 4100013 else dossier(row)
        found[f"dossier-{row[0]}.json"] = content, _night_after(content["dateDerniereModification"])
    # The first as it was before its award, received then: the name differs, the number counts.
    first = DOSSIERS[0]
    earlier = dossier(first, "2021-02-20T14:00:00+01:00", state="en_instruction", awarded=None)
    found["dossier-4100001.instruction.json"] = earlier, _night_after(earlier["dateDerniereModification"])
    wrapped = {name: ({"demarche": DEMARCHE, "dossier": one}, at) for name, (one, at) in found.items()}
    # One that its user withdrew.
    gone = {
        "id": "suppression-4100021",
        "number": 4100021,
        "state": "en_construction",
        "reason": "user_request",
        "dateSupression": "2021-06-15T10:00:00+02:00",
    }
    wrapped["dossier-4100021.deleted.json"] = (
        {"demarche": DEMARCHE, "deleted_dossier": gone},
        _night_after(gone["dateSupression"]),
    )
    return dict(sorted(wrapped.items()))


def _night_after(instant: str) -> str:
    day = int(instant[8:10]) + 1
    return f"{instant[:8]}{day:02d}T01:30:00{instant[-6:]}"


def write_samples(target: Path) -> None:
    """Write the documents and `received.csv` into `target`."""
    target.mkdir(parents=True, exist_ok=True)
    lines = ["file,received_at"]
    for name, (content, received_at) in documents().items():
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
        (target / name).write_text(text, encoding="utf-8", newline="\n")
        lines.append(f"{name},{received_at}")
    (target / "received.csv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        raise SystemExit(__doc__)
    write_samples(Path(sys.argv[1]) if len(sys.argv) == 2 else Path(__file__).resolve().parent / "applications")

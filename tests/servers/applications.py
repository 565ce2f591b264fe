"""Démarches Simplifiées: one procedure of the GraphQL API v2, with its dossiers, deletions, cursors and token."""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import json
import re
from collections.abc import Callable
from typing import Any

from tests.servers.loopback import LoopbackServer, Reply, Request

PATH = "/api/v2/graphql"
TOKEN = "jeton-de-lecture-4f1c9b"  # noqa: S105 - of a server that lives for one test
DEMARCHE = 98765
_SIGNATURES = itertools.count()


def champ(kind: str, label: str, shown: str, **values: Any) -> dict[str, Any]:
    return {
        "__typename": kind,
        "id": f"Q2hhbXA-{label}",
        "champDescriptorId": f"RGVzY3I-{label}",
        "label": label,
        "stringValue": shown,
        "updatedAt": "2021-03-01T10:00:00+01:00",
        **values,
    }


def dossier(number: int, changed_at: str, **changes: Any) -> dict[str, Any]:
    """A dossier with every type of field that the fund's form has."""
    organisation = {
        "siret": "21750001600019",
        "siegeSocial": True,
        "naf": "8411Z",
        "libelleNaf": "Administration publique générale",
        "address": {"label": "4 Place de l'Hôtel de ville", "postalCode": "75004", "departmentCode": "75"},
        "entreprise": {"siren": "217500016", "raisonSociale": "VILLE DE PARIS", "etatAdministratif": "Actif"},
    }
    fields = [
        champ("TextChamp", "Intitulé du projet", "Guichet numérique", text="Guichet numérique"),
        champ("IntegerNumberChamp", "Nombre d'agents", "9007199254740993", integer="9007199254740993"),
        champ("DecimalNumberChamp", "Montant demandé", "1234567.10", decimal="@1234567.10@"),
        champ("DateChamp", "Début", "1 mars 2021", date="2021-03-01"),
        champ("YesNoChamp", "Cofinancé", "Oui", isYes=True),
        champ("DropDownListChamp", "Ligne du fonds", "ITN7", choice="ITN7"),
        champ("SiretChamp", "Porteur", "21750001600019", etablissement=organisation),
        champ(
            "RepetitionChamp",
            "Postes de dépense",
            "",
            rows=[{"id": "Um93LTE", "champs": [champ("DecimalNumberChamp", "Coût", "0.10", decimal="@0.10@")]}],
        ),
        champ(
            "PieceJustificativeChamp",
            "Devis",
            "devis.pdf",
            files=[
                {
                    "filename": "devis.pdf",
                    "contentType": "application/pdf",
                    "byteSizeBigInt": "1024",
                    "checksum": "XrY7u+Ae7tCTyyK7j1rNww==",
                    "createdAt": "2021-02-28T10:00:00+01:00",
                    "url": "https://static.example.org/production/devis?temp_url_sig=@signature@",
                }
            ],
        ),
    ]
    return {
        "id": f"RG9zc2llci0{number}",
        "number": number,
        "state": "en_construction",
        "archived": False,
        "motivation": None,
        "dateDepot": "2021-02-28T10:00:00+01:00",
        "datePassageEnConstruction": "2021-02-28T10:00:00+01:00",
        "datePassageEnInstruction": None,
        "dateTraitement": None,
        "dateDerniereModification": changed_at,
        "groupeInstructeur": {"number": 1, "label": "défaut"},
        "demandeur": {"__typename": "PersonneMorale", **organisation},
        "champs": fields,
        "annotations": [],
        **changes,
    }


def deleted(number: int, at: str) -> dict[str, Any]:
    return {"id": f"RGVs{number}", "number": number, "state": "refuse", "reason": "user_request", "dateSupression": at}


class ApplicationsServer(LoopbackServer):
    def __init__(self) -> None:
        self.dossiers: list[Any] = []
        self.deleted: list[Any] = []
        self.pending: list[Any] = []
        super().__init__()

    @property
    def api(self) -> str:
        return self.address + PATH

    def answer(self, request: Request) -> Reply:
        if request.path != PATH or request.method != "POST":
            return Reply(404, b"")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return errors("Without the right token")
        asked = json.loads(request.body)
        variables = asked["variables"]
        (listing,) = re.findall(r" list: (\w+)\(", asked["query"])
        listed = {"dossiers": self.dossiers, "pendingDeletedDossiers": self.pending, "deletedDossiers": self.deleted}
        if variables["demarche"] != DEMARCHE:
            return errors("Demarche not found", data={"demarche": None})
        dated_by = "dateDerniereModification" if listing == "dossiers" else "dateSupression"
        nodes = [node for node in listed[listing] if _is_since(node, dated_by, variables)]
        start = int(base64.b64decode(variables["after"])) if variables["after"] else 0
        end = start + variables["first"]
        info = {"hasNextPage": end < len(nodes), "endCursor": base64.b64encode(str(end).encode()).decode()}
        return data({"number": DEMARCHE, "list": {"pageInfo": info, "nodes": nodes[start:end]}})

    def pages(self, what: str = "dossiers(") -> list[dict[str, Any]]:
        """The variables of each page that was asked for."""
        bodies = [json.loads(request.body) for request in self.seen if request.method == "POST"]
        return [asked["variables"] for asked in bodies if f" list: {what}" in asked["query"]]


def _is_since(node: Any, dated_by: str, variables: dict[str, Any]) -> bool:
    since = variables["since"]
    return node is None or not since or _instant(node[dated_by]) >= _instant(since)


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def data(demarche: Any, **beside: Any) -> Reply:
    """A 200 with data; numbers between @ are sent bare, and each link gets a signature of its own, as there."""
    return _written({"data": {"demarche": demarche}, **beside})


def _written(answer: Any) -> Reply:
    text = re.sub(r'"@([\d.]+)@"', r"\1", json.dumps(answer, ensure_ascii=False))
    text = re.sub("@signature@", lambda _: f"{next(_SIGNATURES):040x}&temp_url_expires=1616000000", text)
    return Reply(200, text.encode(), {"Content-Type": "application/json"})


def errors(message: str, **beside: Any) -> Reply:
    listed = [{"message": message, "extensions": {"code": "unauthorized"}}]
    return Reply(200, json.dumps({"errors": listed, **beside}).encode(), {"Content-Type": "application/json"})


def changed(change: Callable[[dict[str, Any]], None]) -> Callable[[Request, Reply], Reply]:
    """A fault that changes the answer's JSON in place."""

    def fault(_: Request, reply: Reply) -> Reply:
        answer = json.loads(reply.body, parse_float=lambda digits: f"@{digits}@")
        change(answer)
        return _written(answer)

    return fault

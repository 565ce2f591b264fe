"""The fund's applications: the dossiers of one procedure of Démarches Simplifiées, GraphQL API v2.

Asked for: what the fund's form holds and a dossier's states. Not asked for: the applicant's and the agents' names
and addresses, messages and opinions, which no figure needs. Field names are those of the public schema.

Each version of a dossier is one document, the same bytes as long as the dossier is the same: keys sorted,
decimal numbers as the digits that were sent, and attachments as links without their query, which is a signature
that lasts an hour. Nothing is ever called at these links. A deleted dossier is a document of its own; both have
the dossier's number as their key. A dossier that is deleted leaves the list of dossiers at once, waits in
`pendingDeletedDossiers`, and is in `deletedDossiers` once it is erased: all three are asked for.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from relance.errors import SourceError
from relance.sources.arrival import Arrival, Known, Origin
from relance.sources.feeds import Feed
from relance.sources.http import Client, shown

MAX_PAGES = 10_000

# One alias a type of value: GraphQL refuses one name for values of several types in the same selection.
CHAMP = """
fragment ChampParts on Champ {
  __typename id champDescriptorId label stringValue updatedAt
  ... on TextChamp { text: value }
  ... on IntegerNumberChamp { integer: value }
  ... on DecimalNumberChamp { decimal: value }
  ... on DateChamp { date }
  ... on DatetimeChamp { datetime }
  ... on CheckboxChamp { isChecked: value }
  ... on YesNoChamp { isYes: value }
  ... on DropDownListChamp { choice: value }
  ... on MultipleDropDownListChamp { choices: values }
  ... on LinkedDropDownListChamp { primaryChoice: primaryValue secondaryChoice: secondaryValue }
  ... on DepartementChamp { departement { code name } }
  ... on SiretChamp { etablissement { ...OrganisationParts } }
  ... on PieceJustificativeChamp { files { filename contentType byteSizeBigInt checksum createdAt url } }
}
fragment OrganisationParts on PersonneMorale {
  siret siegeSocial naf libelleNaf
  address { label postalCode cityCode cityName departmentCode departmentName regionCode regionName }
  entreprise { siren raisonSociale formeJuridique formeJuridiqueCode etatAdministratif siretSiegeSocial }
}
fragment FieldParts on Champ {
  ...ChampParts
  ... on RepetitionChamp { rows { id champs { ...ChampParts } } }
}
"""
DOSSIERS_QUERY = (
    """
query dossiers($demarche: Int!, $first: Int!, $after: String, $since: ISO8601DateTime) {
  demarche(number: $demarche) {
    number
    list: dossiers(first: $first, after: $after, updatedSince: $since) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id number state archived motivation
        dateDepot datePassageEnConstruction datePassageEnInstruction dateTraitement dateDerniereModification
        groupeInstructeur { number label }
        demandeur {
          __typename
          ... on PersonneMorale { ...OrganisationParts }
          ... on PersonneMoraleIncomplete { siret }
        }
        champs { ...FieldParts }
        annotations { ...FieldParts }
      }
    }
  }
}
"""
    + CHAMP
)
DELETED_QUERY = """
query deleted($demarche: Int!, $first: Int!, $after: String, $since: ISO8601DateTime) {
  demarche(number: $demarche) {
    number
    list: deletedDossiers(first: $first, after: $after, deletedSince: $since) {
      pageInfo { hasNextPage endCursor }
      nodes { id number state reason dateSupression }
    }
  }
}
"""

PENDING_QUERY = DELETED_QUERY.replace("deletedDossiers", "pendingDeletedDossiers")


@dataclass(frozen=True)
class Listing:
    """One of the procedure's lists: how it is asked for, and how its documents are called.

    `dated_by` is the field that says when a node changed ("dateSupression" is the API's own spelling).
    """

    what: str
    query: str
    dated_by: str
    suffix: str
    document_key: str


DOSSIERS = Listing("dossiers", DOSSIERS_QUERY, "dateDerniereModification", "json", "dossier")
DELETED = Listing("deleted dossiers", DELETED_QUERY, "dateSupression", "deleted.json", "deleted_dossier")

PENDING = Listing(
    "dossiers about to be erased", PENDING_QUERY, "dateSupression", "pending-deleted.json", "deleted_dossier"
)


@dataclass(frozen=True)
class _Found:
    number: int
    changed_at: dt.datetime
    compressed: bytes


def arrivals(feed: Feed, client: Client, known: Sequence[Known]) -> Iterator[Arrival]:
    """What changed since the newest known dossiers and deletions (less an overlap): each list oldest change first.

    A list is read to its end before its first document is given. What was read of a list that broke off is given
    as well, and `SourceError` says so after it; the next turn then starts where this one did, so nothing is
    passed over, and what it finds again is known by its bytes.
    """
    for listing in (DOSSIERS, PENDING, DELETED):
        since = _watermark(known, listing)
        asked_at = dt.datetime.now(dt.UTC)
        found: dict[int, _Found] = {}
        problems = _walk(feed, client, listing, since, found)
        for one in sorted(found.values(), key=lambda one: (one.changed_at, one.number)):
            # A date to come would have the next turns start after changes that they must see.
            reached = since if problems else min(one.changed_at, asked_at)
            yield _arrival(feed, listing, one, reached)
        if problems:
            raise client.error(" ".join(problems))


def _walk(
    feed: Feed, client: Client, listing: Listing, since: dt.datetime | None, found: dict[int, _Found]
) -> list[str]:
    """Read a list into `found` (a dossier met twice: its latest version); the sentences of what went wrong."""
    problems: list[str] = []
    cursors: set[str] = set()
    overlap = dt.timedelta(seconds=feed.overlap_seconds)
    variables: dict[str, Any] = {
        "demarche": feed.demarche,
        "first": feed.page_size,
        "after": None,
        "since": (since - overlap).isoformat() if since else None,
    }
    while True:
        try:
            page = _page(feed, client, listing, variables)
        except SourceError as error:
            return [*problems, f"{error} The list of {listing.what} broke off on page {len(cursors) + 1}."]
        empty = 0
        for node in page["nodes"]:
            one = _read(node, listing, feed)
            if one is None:
                empty += 1
            elif one.number not in found or found[one.number].changed_at <= one.changed_at:
                found[one.number] = one
        if empty:
            problems.append(
                f"{empty} of the {listing.what} on page {len(cursors) + 1} of {shown(str(feed.api))} came empty or "
                "without number or date, and were left out; the next turn asks for them again. If that lasts, tell "
                "the platform."
            )
        if not page["pageInfo"].get("hasNextPage"):
            return problems
        cursor = page["pageInfo"].get("endCursor")
        if not isinstance(cursor, str) or cursor in cursors or len(cursors) + 1 >= MAX_PAGES:
            return [
                *problems,
                f"{shown(str(feed.api))} announces another page of {listing.what} after page {len(cursors) + 1}, but "
                "the cursor to it is missing or came before: the pages would never end. What was read was taken; the "
                "next turn asks again. Tell the platform.",
            ]
        cursors.add(cursor)
        variables["after"] = cursor


def _page(feed: Feed, client: Client, listing: Listing, variables: dict[str, Any]) -> dict[str, Any]:
    """One page: its `nodes` (a list) and `pageInfo` (an object). Raises `SourceError` for anything else."""
    api = str(feed.api)
    answer = client.post_json(api, {"query": listing.query, "variables": variables})
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if errors:
        listed = errors if isinstance(errors, list) else [errors]
        texts = [str(error.get("message") if isinstance(error, dict) else error)[:200] for error in listed[:3]]
        raise client.error(
            f"{shown(api)} answered 200 with {len(listed)} error(s), so that nothing of this answer was taken: "
            f"{' | '.join(texts)}. See whether the token in {feed.token_variable} may read procedure {feed.demarche}."
        )
    try:
        page: dict[str, Any] = answer["data"]["demarche"]["list"]
        if not isinstance(page["nodes"], list) or not isinstance(page["pageInfo"], dict):
            raise TypeError
    except (KeyError, TypeError):
        raise client.error(
            f"{shown(api)} answered without the {listing.what} of procedure {feed.demarche}: expected "
            "data.demarche with nodes and pageInfo. See whether the procedure's number is right."
        ) from None
    return page


def _read(node: Any, listing: Listing, feed: Feed) -> _Found | None:
    if not isinstance(node, dict) or type(node.get("number")) is not int:
        return None
    changed_at = _instant(node.get(listing.dated_by))
    if changed_at is None:
        return None
    document = {"demarche": feed.demarche, listing.document_key: _without_signatures(node)}
    return _Found(node["number"], changed_at, zlib.compress(canonical(document)))


def canonical(document: Any) -> bytes:
    """JSON that is the same bytes for the same content."""
    return (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def _without_signatures(value: Any) -> Any:
    """The same content with every `url` cut before its query."""
    if isinstance(value, dict):
        return {
            name: shown(item) if name == "url" and isinstance(item, str) else _without_signatures(item)
            for name, item in value.items()
        }
    return [_without_signatures(item) for item in value] if isinstance(value, list) else value


def _arrival(feed: Feed, listing: Listing, one: _Found, reached: dt.datetime | None) -> Arrival:
    def read() -> BinaryIO:
        return io.BytesIO(zlib.decompress(one.compressed))

    name = f"dossier-{one.number}.{listing.suffix}"
    origin = Origin(id=name, changed_at=one.changed_at.isoformat(), watermark=reached.isoformat() if reached else None)
    return Arrival(
        name=name,
        uri=f"{shown(str(feed.api))}#{name}",
        open=read,
        is_settled=lambda: True,
        key=str(one.number),
        origin=lambda: origin,
    )


def _watermark(known: Sequence[Known], listing: Listing) -> dt.datetime | None:
    """The newest instant up to which every change of this list had been landed."""
    instants = [
        _instant(reception.origin.watermark)
        for reception in known
        if reception.origin and reception.origin.id.partition(".")[2] == listing.suffix
    ]
    return max((instant for instant in instants if instant), default=None)


def _instant(text: Any) -> dt.datetime | None:
    try:
        instant = dt.datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return instant.astimezone(dt.UTC) if instant.tzinfo else None

"""The resources of one dataset of a udata portal (data.gouv.fr), API v1: what is new or changed, verified.

The portal's own client, `datagouv-client` 0.5.1, is not used: it calls only the three data.gouv.fr hosts through
`niquests`, follows redirects anywhere, and has no checksum, conditional request, resumption or limit of size.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import quote, unquote, urljoin, urlsplit

from relance.errors import SourceError
from relance.sources.arrival import Arrival, Known, Origin, UnchangedError
from relance.sources.feeds import Feed
from relance.sources.http import Client, digest, shown

# What udata calls them, and how many hexadecimal digits each has. CRC says too little to be relied on.
CHECKSUMS = {"sha1": 40, "sha256": 64, "sha2": 64, "md5": 32}
MAX_PAGES = 1000
UNSAFE = re.compile(r"[^\w.,()+@ -]+")


@dataclass(frozen=True)
class Resource:
    """What the API says of one resource. `checksum` is `<algorithm>:<hex>`; None where it names none we know."""

    id: str
    title: str
    url: str
    format: str
    checksum: str | None
    last_modified: str | None
    size_bytes: int | None

    @property
    def file_name(self) -> str:
        """The name at the end of the address, made safe; a resource without one is called by its title."""
        name = UNSAFE.sub("_", unquote(PurePosixPath(urlsplit(self.url).path).name)).lstrip(". ")
        if not name or "." not in name:
            name = f"{UNSAFE.sub('_', self.title).strip('. ') or self.id}.{self.format or 'bin'}"
        return f"{PurePosixPath(name).stem[:120]}{PurePosixPath(name).suffix[:10]}"


def arrivals(feed: Feed, client: Client, known: Sequence[Known]) -> Iterator[Arrival]:
    """The dataset's resources, in the API's order.

    Raises `SourceError` when the API does not list them, or not all: then after those that it did list.
    """
    resources: list[Resource | SourceError] = []
    failure: SourceError | None = None
    try:
        resources.extend(resource for resource in _resources(feed, client) if _is_wanted(feed, resource))
    except SourceError as error:
        failure = error
    names = Counter(resource.file_name for resource in resources if isinstance(resource, Resource))
    newest = {reception.origin.id: reception for reception in known if reception.origin}
    held = {reception.origin.checksum: reception for reception in known if reception.origin}
    for resource in resources:
        if isinstance(resource, SourceError):
            yield _unreadable(resource)
            continue
        name = resource.file_name
        if names[name] > 1:  # two resources under one name would each seem to replace the other
            path = PurePosixPath(name)
            name = f"{path.stem}-{UNSAFE.sub('_', resource.id)[:8]}{path.suffix}"
        key, period = feed.read_name(resource.title, name)
        take = _Take(client, resource, newest.get(resource.id), held.get(resource.checksum or ""))
        yield Arrival(
            name=name,
            uri=shown(resource.url),
            open=take,
            is_settled=lambda: True,  # it was verified, or read to the end that the server announced
            key=key,
            period=period,
            origin=take.get_origin,
        )
    if failure:
        raise failure


class _Take:
    """Opens one resource: nothing if it is what we have, the landed bytes if we have them, a download else."""

    def __init__(self, client: Client, resource: Resource, last: Known | None, held: Known | None) -> None:
        self.client, self.resource, self.last, self.held = client, resource, last, held
        self.origin = Origin(
            id=resource.id, url=shown(resource.url), checksum=resource.checksum, changed_at=resource.last_modified
        )

    def get_origin(self) -> Origin:
        return self.origin

    def __call__(self) -> BinaryIO:
        resource, last = self.resource, self.last.origin if self.last else None
        is_same = bool(resource.checksum and last and last.checksum == resource.checksum)
        if is_same and last and not self._is_put_up_again(last):
            raise UnchangedError
        if resource.checksum and self.held:
            return self.held.open()
        limit = self.client.rules.max_file_bytes
        if resource.size_bytes is not None and resource.size_bytes > limit:
            raise self.client.error(
                f"{shown(resource.url)} is announced with {resource.size_bytes} bytes, more than the {limit} that the "
                "feed takes. Nothing of it was taken; raise max_file_bytes in the feeds file if the file is right."
            )
        # With a checksum that is new, "not modified" could only be an old answer of a cache.
        is_same_place = last is not None and last.url == shown(resource.url) and resource.checksum is None
        asked = last if is_same_place and last else Origin(id=resource.id)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the landing closes it when it has read it
        try:
            done = self.client.download(resource.url, file, asked.etag, asked.last_modified)
            if done is None:
                raise UnchangedError
            self._verify(file)
        except BaseException:
            file.close()
            raise
        self.origin = replace(self.origin, etag=done.etag, last_modified=done.last_modified)
        return file

    def _is_put_up_again(self, last: Origin) -> bool:
        """Whether the same bytes have a later date and lie elsewhere: a new title changes the date alone."""
        now, before = self.origin.sent_at, last.sent_at
        return now is not None and before is not None and now > before and self.origin.url != last.url

    def _verify(self, file: BinaryIO) -> None:
        file.seek(0)
        if self.resource.checksum is None:
            return
        algorithm, _, expected = self.resource.checksum.partition(":")
        if (found := digest(file, algorithm)) != expected:
            raise self.client.error(
                f"{shown(self.resource.url)} has the {algorithm} {found}, while the portal announces {expected}: the "
                "file was damaged on its way, or replaced a moment ago. It was not taken, the portal still has it, "
                "and the next turn asks again; if that lasts, tell the portal."
            )


def _is_wanted(feed: Feed, resource: Resource | SourceError) -> bool:
    return not feed.formats or isinstance(resource, SourceError) or resource.format in feed.formats


def _unreadable(error: SourceError) -> Arrival:
    def refuse() -> BinaryIO:
        raise error

    return Arrival(name="(unreadable resource)", uri="", open=refuse, is_settled=lambda: True)


def _resources(feed: Feed, client: Client) -> Iterator[Resource | SourceError]:
    """Each resource once; what the API says so that it cannot be read comes as the error that says it."""
    seen: set[str] = set()
    url = f"{str(feed.api).rstrip('/')}/datasets/{quote(str(feed.dataset), safe='')}/"
    for record in _records(url, client):
        resource = _read(record, url, client)
        if isinstance(resource, Resource):
            if resource.id in seen:
                continue
            seen.add(resource.id)
        yield resource


def _records(url: str, client: Client) -> Iterator[Any]:
    """The records of a dataset: those it holds itself (v1), or those of the pages it refers to (v2)."""
    dataset = client.get_json(url)
    held = dataset.get("resources") if isinstance(dataset, dict) else None
    if isinstance(held, list):
        yield from held
        return
    page_url = held.get("href") if isinstance(held, dict) else None
    if not isinstance(page_url, str):
        raise client.error(
            f"{shown(url)} does not describe a dataset: expected an object with a list `resources`, or with the "
            "address of its pages. See whether api and dataset in the feeds file are right."
        )
    pages: set[str] = set()
    at: str | None = urljoin(url, page_url)
    while at is not None:
        if at in pages or len(pages) >= MAX_PAGES:
            raise client.error(
                f"{shown(url)} lists its resources in pages that do not end (page {len(pages) + 1} leads back "
                "to an earlier one, or they are too many): what they listed until there was looked at. Tell the portal."
            )
        pages.add(at)
        page = client.get_json(at)
        if not isinstance(page, dict) or not isinstance(page.get("data"), list):
            raise client.error(f"{shown(at)} is no page of resources: expected an object with a list `data`.")
        yield from page["data"]
        following = page.get("next_page")
        at = urljoin(at, following) if isinstance(following, str) and following else None


def _read(record: Any, dataset_url: str, client: Client) -> Resource | SourceError:
    def text(name: str) -> str:
        value = record.get(name)
        return value.strip() if isinstance(value, str) else ""

    url = (text("url") or text("latest")) if isinstance(record, dict) else ""
    if not url or not text("id"):
        return client.error(
            f"{shown(dataset_url)} lists a resource without id or address ({str(record)[:80]}): it was left out, the "
            "others were not. Tell the portal."
        )
    size = record.get("filesize")
    extension = PurePosixPath(urlsplit(url).path).suffix.lstrip(".")
    return Resource(
        id=text("id"),
        title=text("title"),
        url=url,
        format=(text("format") or extension).lower(),
        checksum=_checksum(record.get("checksum")),
        last_modified=text("last_modified") or None,
        size_bytes=size if isinstance(size, int) else None,
    )


def _checksum(record: Any) -> str | None:
    if not isinstance(record, dict):
        return None
    algorithm, value = str(record.get("type")).lower(), str(record.get("value")).lower()
    digits = CHECKSUMS.get(algorithm)
    if digits is None or not re.fullmatch(f"[0-9a-f]{{{digits}}}", value):
        return None
    return f"{'sha256' if algorithm == 'sha2' else algorithm}:{value}"

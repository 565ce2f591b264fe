"""The portal: one dataset of the udata API v1, and the store its files lie in (ETag, ranges, conditions)."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.loopback import LoopbackServer, Reply, Request

DATASET = "panorama-des-grands-projets-si-de-letat-1"
DATASET_ID = "5a8a9c7f88ee3816b6a1a3d1"


@dataclass
class Published:
    record: dict[str, Any]
    content: bytes
    has_etag: bool = True
    has_date: bool = True

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'


class PortalServer(LoopbackServer):
    def __init__(self) -> None:
        self.files: dict[str, Published] = {}
        self.extra_records: list[Any] = []
        # None: the dataset holds its resources (v1); a number: it refers to pages of so many (v2).
        self.page_size: int | None = None
        super().__init__()

    def publish(
        self,
        identity: str,
        name: str,
        content: bytes,
        *,
        title: str | None = None,
        algorithm: str | None = "sha1",
        folder: str | None = None,
        **changes: Any,
    ) -> Published:
        """Put a resource up, or put other bytes in its place."""
        path = f"/resources/{folder or identity}/{name}"
        checksum = {"type": algorithm, "value": hashlib.new(algorithm, content).hexdigest()} if algorithm else None
        record = {
            "id": identity,
            "title": title or name,
            "format": name.rpartition(".")[2],
            "url": self.address + path,
            "latest": f"{self.address}/fr/datasets/r/{identity}",
            "checksum": checksum,
            "last_modified": "2021-07-20T09:00:00+00:00",
            "filesize": len(content),
            "type": "main",
            **changes,
        }
        self.files = {at: file for at, file in self.files.items() if file.record["id"] != identity}
        self.files[path] = Published(record, content)
        return self.files[path]

    def answer(self, request: Request) -> Reply:
        parts = urlsplit(request.path)
        if parts.path in (f"/api/1/datasets/{DATASET}/", f"/api/1/datasets/{DATASET_ID}/"):
            return self._dataset()
        if parts.path == f"/api/2/datasets/{DATASET_ID}/resources/":
            return self._page(int(parse_qs(parts.query).get("page", ["1"])[0]))
        file = self.files.get(parts.path)
        return self._file(file, request) if file else Reply(404, b"not here")

    @property
    def _records(self) -> list[Any]:
        return [*(file.record for file in self.files.values()), *self.extra_records]

    def _dataset(self) -> Reply:
        pages = {"rel": "subsection", "href": self._page_address(1), "type": "GET", "total": len(self._records)}
        resources = self._records if self.page_size is None else pages
        return _json({"id": DATASET_ID, "slug": DATASET, "title": "Panorama", "resources": resources})

    def _page_address(self, page: int) -> str:
        return f"{self.address}/api/2/datasets/{DATASET_ID}/resources/?page={page}&page_size={self.page_size}"

    def _page(self, page: int) -> Reply:
        size = self.page_size or 50
        data = self._records[(page - 1) * size : page * size]
        is_last = page * size >= len(self._records)
        following = None if is_last else self._page_address(page + 1)
        return _json({"data": data, "page": page, "page_size": size, "next_page": following, "total": 0})

    def _file(self, file: Published, request: Request) -> Reply:
        headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
        if file.has_etag:
            headers["ETag"] = file.etag
        if file.has_date:
            headers["Last-Modified"] = "Tue, 20 Jul 2021 09:00:00 GMT"
        asked = request.headers
        is_same = file.has_etag and asked.get("If-None-Match") == file.etag
        if is_same or (
            "If-None-Match" not in asked and asked.get("If-Modified-Since") == headers.get("Last-Modified", 0)
        ):
            return Reply(304, b"", headers)
        wanted = re.fullmatch(r"bytes=(\d+)-", asked.get("Range", ""))
        if wanted and asked.get("If-Range") in (None, file.etag if file.has_etag else None):
            start, size = int(wanted[1]), len(file.content)
            if start >= size:
                return Reply(416, b"", {"Content-Range": f"bytes */{size}"})
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
            return Reply(206, file.content[start:], headers)
        return Reply(200, file.content, headers)


def _json(value: Any) -> Reply:
    return Reply(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

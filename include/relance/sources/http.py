"""The one way out to HTTP: which hosts, how often, how long, how much; and what is said when it fails.

Every call of every source goes through a `Client`, so that the rules hold once: timeouts on connecting and on
each read, a deadline over the whole call (a watchdog shuts the connection, so that no slow drip of headers,
chunks or bytes outlives it), retries with exponential back-off and jitter on connection errors, 429 and 5xx
only, TLS verified, each hop of a redirect checked against the feed's hosts before it is called, a limit on
bytes, and a token that goes to the API's own host and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from itertools import takewhile
from random import SystemRandom
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, InvalidHeader
from urllib3.poolmanager import PoolManager
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url
from urllib3.util.retry import Retry

from relance.errors import SourceError

Read = TypeVar("Read")

BLOCK = 1 << 16
LOOPBACK = ("127.0.0.1", "localhost")
DEFAULT_PORTS = {"https": 443, "http": 80}
REDIRECTS = (301, 302, 303, 307, 308)
TOO_MANY_REQUESTS = 429
# A validator comes back to its server in a header and stays in a receipt: only what the standard allows.
ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,200}"')
HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")
CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


@dataclass(frozen=True)
class HttpRules:
    """What a feed allows. Hosts are `name` or `name:port`; seconds and bytes are whole or decimal numbers.

    `is_plain_http_allowed` lets a feed call http addresses of this very machine (tests); no other host.
    """

    allowed_hosts: tuple[str, ...]
    connect_seconds: float = 10
    read_seconds: float = 30
    deadline_seconds: float = 900
    attempts: int = 5
    backoff_seconds: float = 1
    backoff_max_seconds: float = 60
    retry_after_max_seconds: float = 120
    max_redirects: int = 5
    max_file_bytes: int = 100_000_000
    max_answer_bytes: int = 20_000_000
    is_plain_http_allowed: bool = False


@dataclass(frozen=True)
class Downloaded:
    """A file that was read to its end: its size, and what its server gives to ask whether it changed."""

    size_bytes: int
    etag: str | None
    last_modified: str | None


class _CutError(Exception):
    """The body ended early or the line broke: worth another try."""


class _OutOfTimeError(Exception):
    """The next wait would end after the deadline."""


def shown(url: str) -> str:
    """An address as it may be shown and kept: without credentials, query or fragment, and not endless."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))[:300]


def backoff(rules: HttpRules, failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubled each time, capped, and spread by half."""
    wait = min(rules.backoff_max_seconds, rules.backoff_seconds * 2.0 ** max(failures - 1, 0))
    return wait * SystemRandom().uniform(0.5, 1)


class _Retry(Retry):
    """urllib3's, with a wait after the first failure too, and none that would end after the deadline."""

    # urllib3 would also retry 413: no other 4xx is ever retried here.
    RETRY_AFTER_STATUS_CODES = frozenset((TOO_MANY_REQUESTS, 503))
    rules: HttpRules
    deadline: float = math.inf

    def new(self, **changes: Any) -> _Retry:
        fresh = super().new(**changes)
        fresh.rules, fresh.deadline = self.rules, self.deadline
        return fresh

    def get_backoff_time(self) -> float:
        failures = takewhile(lambda tried: tried.redirect_location is None, reversed(self.history))
        return backoff(self.rules, sum(1 for _ in failures))

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        try:
            asked = super().get_retry_after(response)
        except InvalidHeader:
            return None
        return None if asked is None else min(asked, self.rules.retry_after_max_seconds)

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        wait = (self.get_retry_after(response) if response is not None else None) or self.get_backoff_time()
        if time.monotonic() + wait >= self.deadline:
            raise _OutOfTimeError
        time.sleep(wait)


class _Watchdog:
    """Shuts every connection of a client when a call's deadline has passed, whatever it is waiting for."""

    def __init__(self) -> None:
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._lock = threading.Lock()
        self.deadline = math.inf

    def watch(self, connected: socket.socket | None) -> None:
        if connected is not None:
            with self._lock:
                self._sockets.add(connected)

    @property
    def has_expired(self) -> bool:
        return time.monotonic() >= self.deadline

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        self.deadline = time.monotonic() + seconds
        timer = threading.Timer(seconds, self._shut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self.deadline = math.inf

    def _shut(self) -> None:
        with self._lock:
            for connected in list(self._sockets):
                try:
                    # Not the TLS socket's own method: that one would let the reader see undeciphered bytes.
                    socket.socket.shutdown(connected, socket.SHUT_RDWR)
                except OSError:  # closed meanwhile
                    continue


class _Adapter(HTTPAdapter):
    """requests' adapter whose connections are watched."""

    def __init__(self, watchdog: _Watchdog) -> None:
        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                watchdog.watch(self.sock)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                watchdog.watch(self.sock)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self._pools = {"http": PlainPool, "https": SecurePool}
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._use_watched(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return self._use_watched(super().proxy_manager_for(*args, **kwargs))

    def _use_watched(self, manager: PoolManager) -> PoolManager:
        manager.pool_classes_by_scheme = self._pools
        return manager


class _NoCredentials(requests.auth.AuthBase):
    """Keeps requests from looking into ~/.netrc for the host it calls."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Client:
    """One feed's HTTP. `token` is sent as a bearer token to the host of `api` and to no other."""

    def __init__(self, rules: HttpRules, api: str, token: str | None = None) -> None:
        self.rules = rules
        self._watchdog = _Watchdog()
        self._adapter = _Adapter(self._watchdog)
        self._session = requests.Session()
        self._session.auth = _NoCredentials()
        # A feed has no session to keep, and a cookie is one more thing that could travel.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)
        self._token = token
        self._api_place = self._place(api)

    def __repr__(self) -> str:
        return f"Client({self._api_place})"

    def close(self) -> None:
        self._session.close()

    def get_json(self, url: str) -> Any:
        """The JSON at an address. Raises `SourceError`. Decimals come as text: see `parse_json`."""
        return self._ask_json("GET", url, None)

    def post_json(self, url: str, payload: Mapping[str, Any]) -> Any:
        """The JSON answered to a JSON question that changes nothing there (so it may be asked again)."""
        return self._ask_json("POST", url, json.dumps(payload).encode())

    def download(
        self, url: str, into: BinaryIO, etag: str | None = None, last_modified: str | None = None
    ) -> Downloaded | None:
        """Stream a file into `into`; None when `etag` or `last_modified` say that it did not change.

        A cut download goes on where it stopped when the server can say that the file is still the same one
        (a strong ETag, `If-Range`); otherwise it starts again. Raises `SourceError` when all attempts fail,
        the deadline passes, or the file is larger than `max_file_bytes`; what `into` holds then is worthless.
        """
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        conditions = {name: value for name, value in validators.items() if value}
        with self._watchdog.limit(self.rules.deadline_seconds):
            return self._attempt(url, lambda tag: self._download_once(url, into, conditions, tag))

    def redact(self, text: str) -> str:
        """`text` without the token, should a server repeat it."""
        return text.replace(self._token, "…") if self._token else text

    def error(self, text: str) -> SourceError:
        return SourceError(self.redact(text))

    # What one call does

    def _ask_json(self, method: str, url: str, body: bytes | None) -> Any:
        def once(_: str | None) -> bytes:
            answer = BytesIO()
            headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if body else {})
            with self._exchange(method, url, headers, body) as response:
                self._expect(response, url, (200,))
                self._pour(response, answer, url, self.rules.max_answer_bytes)
            return answer.getvalue()

        with self._watchdog.limit(self.rules.deadline_seconds):
            text = self._attempt(url, once)
        try:
            return parse_json(text)
        except (ValueError, RecursionError) as error:
            raise self.error(
                f"{shown(url)} did not answer with JSON ({type(error).__name__}): the beginning is "
                f"{text[:80]!r}. See whether the address is still that of the API."
            ) from None

    def _attempt(self, url: str, once: Callable[[str | None], Read]) -> Read:
        """Call `once` until the body was read to its end; it gets the ETag under which a part was read."""
        tag: str | None = None
        for failures in range(1, self.rules.attempts + 1):
            try:
                return once(tag)
            except _CutError as cut:
                if self._watchdog.has_expired:
                    break
                reason, tag = str(cut.args[0]), cut.args[1]
                if failures == self.rules.attempts:
                    raise self.error(
                        f"{shown(url)} was cut in each of {failures} attempts (the last: {reason}). Nothing of it "
                        "was taken; the next turn asks again."
                    ) from None
                wait = backoff(self.rules, failures)
                if time.monotonic() + wait >= self._watchdog.deadline:
                    break
                time.sleep(wait)
            except _OutOfTimeError:
                break
        raise self._late(url)

    def _late(self, url: str) -> SourceError:
        return self.error(
            f"{shown(url)} was not read to its end within {self.rules.deadline_seconds:g} s (deadline_seconds of "
            "the feed). Nothing of it was taken; the next turn asks again."
        )

    def _download_once(
        self, url: str, into: BinaryIO, conditions: Mapping[str, str], tag: str | None
    ) -> Downloaded | None:
        done = into.tell() if tag else 0
        # Bytes as they lie there: ranges and checksums speak of these.
        headers = {"Accept-Encoding": "identity"}
        headers |= {"Range": f"bytes={done}-", "If-Range": str(tag)} if done else conditions
        with self._exchange("GET", url, headers, None) as response:
            if response.status_code == 304 and not done:
                return None
            self._expect(response, url, (200, 206, 416) if done else (200,))
            continued = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if response.status_code == 200:
                done = 0
            elif response.status_code == 416 or continued is None or int(continued[1]) != done:
                raise _CutError("the server could not go on where it had stopped", None)
            into.seek(done)
            into.truncate()
            total = int(continued[2]) if continued and done else None
            etag, last_modified = _validators(response)
            is_resumable = bool(etag and etag.startswith('"')) and "Content-Encoding" not in response.headers
            try:
                self._pour(response, into, url, self.rules.max_file_bytes)
                if total is not None and into.tell() != total:
                    raise _CutError(f"{into.tell()} bytes of {total}", None)
            except _CutError as cut:
                raise _CutError(cut.args[0], etag if is_resumable and into.tell() else None) from None
            return Downloaded(into.tell(), etag, last_modified)

    @contextmanager
    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Iterator[requests.Response]:
        """One answer, its body not read yet, after as many redirects as are allowed."""
        at = url
        for _ in range(self.rules.max_redirects + 1):
            if self._watchdog.has_expired:
                raise _OutOfTimeError
            place = self._allowed_place(at, url)
            self._adapter.max_retries = self._retries()
            own = {"Authorization": f"Bearer {self._token}"} if self._token and place == self._api_place else {}
            try:
                response = self._session.request(
                    method,
                    at,
                    headers={**headers, **own},
                    data=body,
                    stream=True,
                    allow_redirects=False,
                    timeout=(self.rules.connect_seconds, self.rules.read_seconds),
                )
            except requests.RequestException as error:
                if self._watchdog.has_expired:
                    raise _OutOfTimeError from None
                raise self.error(f"{shown(at)} cannot be reached: {_cause(error)}. The next turn asks again.") from None
            except (HTTPError, OSError) as error:
                raise _CutError(type(error).__name__, None) from None
            with response:
                if response.status_code not in REDIRECTS:
                    yield response
                    return
                if method != "GET":
                    raise self.error(
                        f"{shown(at)} answers with a redirect ({response.status_code}): a question is asked at the "
                        "API's own address only. Correct the address of the API in the feeds file."
                    )
                at = urljoin(at, response.headers.get("Location", ""))
        raise self.error(
            f"{shown(url)} redirects more than {self.rules.max_redirects} times: it leads nowhere. Nothing was taken."
        )

    def _retries(self) -> _Retry:
        attempts = self.rules.attempts - 1
        retries = _Retry(
            total=attempts,
            connect=attempts,
            read=attempts,
            status=attempts,
            # What is left: certificates, hosts' names in them, and what no second try mends.
            other=0,
            redirect=0,
            allowed_methods=frozenset(("GET", "POST")),
            status_forcelist=(TOO_MANY_REQUESTS, *range(500, 600)),
            raise_on_status=False,
        )
        retries.rules, retries.deadline = self.rules, self._watchdog.deadline
        return retries

    def _expect(self, response: requests.Response, url: str, statuses: tuple[int, ...]) -> None:
        status = response.status_code
        if status in statuses:
            return
        if status == TOO_MANY_REQUESTS or status >= 500:
            tried = f" to each of {self.rules.attempts} attempts"
            what = "The next turn asks again."
        else:
            tried = ""
            what = (
                "Asking again would not help: see whether the feed's address, and its token if it has one, are right."
            )
        reason = f" ({HTTPStatus(status).phrase})" if status in set(HTTPStatus) else ""
        raise self.error(f"{shown(url)} answered {status}{reason}{tried}. Nothing was taken. {what}")

    def _pour(self, response: requests.Response, out: BinaryIO, url: str, limit: int) -> None:
        """Read a body to its end, no block waiting for a full buffer, no more than `limit` bytes in `out`."""
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and out.tell() + int(announced) > limit:
            raise self._too_large(url, limit)
        try:
            while block := response.raw.read1(BLOCK, decode_content=True):
                if self._watchdog.has_expired:
                    raise _OutOfTimeError
                if out.tell() + len(block) > limit:
                    raise self._too_large(url, limit)
                out.write(block)
        except (HTTPError, requests.RequestException) as error:
            if self._watchdog.has_expired:
                raise _OutOfTimeError from None
            raise _CutError(f"{type(error).__name__} after {out.tell()} bytes", None) from None
        if self._watchdog.has_expired:
            raise _OutOfTimeError

    def _too_large(self, url: str, limit: int) -> SourceError:
        return self.error(
            f"{shown(url)} is larger than {limit} bytes, the most that the feed takes. Nothing of it was taken; "
            "raise the limit in the feeds file if the file is right."
        )

    # Where a call may go

    def _allowed_place(self, url: str, asked: str) -> str:
        place = self._place(url)
        if place not in self.rules.allowed_hosts:
            led = "" if url == asked else f" (led there by {shown(asked)})"
            raise self.error(
                f"{shown(url)} is at {place[:100]}, which is none of the hosts that the feed allows "
                f"({', '.join(self.rules.allowed_hosts)}){led}: it was not called. Add the host to allowed_hosts in "
                "the feeds file if it is right."
            )
        return place

    def _place(self, url: str) -> str:
        """The host that requests would call, `name` or `name:port`, after checking that it may be called so.

        Asked of the address as requests itself prepares it: two readings of one address are how one host is
        checked and another called.
        """
        prepared = requests.PreparedRequest()
        try:
            prepared.prepare_url(url, None)
            parts = parse_url(str(prepared.url))
        except (requests.RequestException, HTTPError, ValueError):
            raise self.error(f"{shown(url)} is no address that can be called: expected https://host/path.") from None
        scheme, host = parts.scheme or "", parts.host or ""
        is_plain_allowed = self.rules.is_plain_http_allowed and host in LOOPBACK
        if parts.auth or (scheme != "https" and not (scheme == "http" and is_plain_allowed)):
            raise self.error(
                f"{shown(url)} was not called: only https addresses without user name are (http on this very "
                "machine where the feed sets is_plain_http_allowed)."
            )
        return host if parts.port in (None, DEFAULT_PORTS[scheme]) else f"{host}:{parts.port}"


def parse_json(text: bytes) -> Any:
    """JSON whose decimal numbers stay the digits that were sent, as text: none becomes a float.

    Raises `ValueError` for what is not JSON, NaN and infinities included.
    """
    return json.loads(text, parse_float=str, parse_constant=_refuse_constant)


def digest(path: BinaryIO, algorithm: str) -> str:
    """The checksum of a whole open file, in hexadecimal; against accidents, so weak algorithms will do."""
    path.seek(0)
    found = hashlib.file_digest(path, lambda: hashlib.new(algorithm, usedforsecurity=False))  # type: ignore[arg-type]
    path.seek(0)
    return found.hexdigest()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _validators(response: requests.Response) -> tuple[str | None, str | None]:
    etag, date = response.headers.get("ETag", ""), response.headers.get("Last-Modified", "")
    return (etag if ETAG.fullmatch(etag) else None), (date if HTTP_DATE.fullmatch(date) else None)


def _cause(error: requests.RequestException) -> str:
    """What went wrong, in words of ours: the text of the error may hold an address with its query."""
    causes: list[tuple[type[Exception], str]] = [
        (requests.exceptions.SSLError, "its TLS certificate is not valid for it"),
        (requests.ConnectTimeout, "it does not answer to a connection"),
        (requests.ReadTimeout, "it accepted the connection and then said nothing"),
        (requests.exceptions.ProxyError, "the proxy does not let us through"),
        (requests.ConnectionError, "the connection was refused or broken"),
    ]
    return next((text for kind, text in causes if isinstance(error, kind)), type(error).__name__)

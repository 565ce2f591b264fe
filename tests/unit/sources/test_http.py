"""The rules that hold for every call, against a server that breaks them one at a time."""

import io
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relance.errors import SourceError
from relance.sources.http import Client, backoff, parse_json, shown
from tests.servers.loopback import Reply, Request, body, cut, drip, redirect, silence, status
from tests.servers.portal import PortalServer
from tests.unit.sources.conftest import fast_rules

TOKEN = "jeton-secret-7d02"  # noqa: S105 - of no server
CONTENT = bytes(range(256)) * 40


class FileServer(PortalServer):
    """The portal's file store, called directly."""

    def __init__(self) -> None:
        super().__init__()
        self.url = self.publish("r", "a.csv", CONTENT).record["url"]


@pytest.fixture
def server() -> Iterator[FileServer]:
    server = FileServer()
    yield server
    server.stop()


@pytest.fixture
def elsewhere() -> Iterator[FileServer]:
    server = FileServer()
    yield server
    server.stop()


def client(server: PortalServer, **changes: Any) -> Client:
    return Client(fast_rules(server.place, **changes), server.address, TOKEN)


def download(server: FileServer, **changes: Any) -> bytes:
    into = io.BytesIO()
    client(server, **changes).download(server.url, into)
    return into.getvalue()


def refused(server: FileServer, **changes: Any) -> str:
    with pytest.raises(SourceError) as caught:
        download(server, **changes)
    return str(caught.value)


# Retries


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504, 520])
def test_a_passing_storm_is_outlived(server: FileServer, code: int) -> None:
    server.fail("a.csv", status(code), times=2)
    assert download(server) == CONTENT
    assert len(server.asked("a.csv")) == 3


def test_a_lasting_storm_ends_after_the_configured_attempts(server: FileServer) -> None:
    server.fail("a.csv", status(503))
    assert "answered 503 (Service Unavailable) to each of 3 attempts" in refused(server)
    assert len(server.asked("a.csv")) == 3


@pytest.mark.parametrize("code", [400, 401, 403, 404, 408, 410, 413, 422])
def test_no_other_4xx_is_tried_again_even_when_asked_to(server: FileServer, code: int) -> None:
    server.fail("a.csv", status(code, Retry_After="0"))
    assert f"answered {code} " in refused(server)
    assert len(server.asked("a.csv")) == 1


def test_retry_after_is_honoured(server: FileServer) -> None:
    server.fail("a.csv", status(429, Retry_After="1"), times=1)
    begun = time.monotonic()
    assert download(server, retry_after_max_seconds=5) == CONTENT
    assert time.monotonic() - begun >= 1


@pytest.mark.parametrize("asked", ["3600", "Tue, 20 Jul 2100 09:00:00 GMT"])
def test_retry_after_has_a_cap(server: FileServer, asked: str) -> None:
    server.fail("a.csv", status(429, Retry_After=asked), times=1)
    begun = time.monotonic()
    assert download(server, retry_after_max_seconds=0.3) == CONTENT
    assert 0.3 <= time.monotonic() - begun < 2


def test_a_retry_after_that_says_nothing_is_a_429_without_one(server: FileServer) -> None:
    server.fail("a.csv", status(429, Retry_After="soon"), times=1)
    assert download(server) == CONTENT


def test_a_wait_that_would_end_after_the_deadline_is_not_begun(server: FileServer) -> None:
    server.fail("a.csv", status(429, Retry_After="60"))
    begun = time.monotonic()
    assert "was not read to its end within 1 s" in refused(server, retry_after_max_seconds=60, deadline_seconds=1)
    assert time.monotonic() - begun < 1


def test_a_refused_connection_is_tried_again_and_then_said(
    server: FileServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = server.url
    server.stop()
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError, match="the connection was refused or broken"):
        Client(fast_rules(server.place), server.address).download(url, io.BytesIO())
    assert sum("Retrying" in record.getMessage() for record in caplog.records) == 2


def test_a_server_that_says_nothing_is_left(server: FileServer) -> None:
    server.fail("a.csv", silence(1))
    begun = time.monotonic()
    refused(server, read_seconds=0.2)
    assert time.monotonic() - begun < 2


def test_waits_grow_are_spread_and_have_a_ceiling() -> None:
    rules = fast_rules("h", backoff_seconds=1, backoff_max_seconds=10)
    for failures, most in ((1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (50, 10)):
        waits = {backoff(rules, failures) for _ in range(50)}
        assert most / 2 <= min(waits) <= max(waits) <= most
        assert len(waits) > 1


# Cut bodies


def test_a_cut_download_goes_on_where_it_stopped(server: FileServer) -> None:
    server.fail("a.csv", cut(4000), times=1)
    assert download(server) == CONTENT
    first, second = server.asked("a.csv")
    assert "Range" not in first.headers
    assert (second.headers["Range"], second.headers["If-Range"]) == (
        "bytes=4000-",
        server.files["/resources/r/a.csv"].etag,
    )


def test_it_goes_on_after_each_cut(server: FileServer) -> None:
    server.fail("a.csv", cut(4000), times=2)
    assert download(server) == CONTENT
    assert [request.headers.get("Range") for request in server.asked("a.csv")] == [None, "bytes=4000-", "bytes=8000-"]


def test_without_a_strong_etag_it_starts_again(server: FileServer) -> None:
    server.files["/resources/r/a.csv"].has_etag = False
    server.fail("a.csv", cut(4000), times=1)
    assert download(server) == CONTENT
    assert "Range" not in server.asked("a.csv")[1].headers


def test_a_file_replaced_between_two_parts_is_never_mixed(server: FileServer) -> None:
    def cut_and_replace(_: Request, reply: Reply) -> Reply:
        server.publish("r", "a.csv", CONTENT[::-1])
        return Reply(200, reply.body, reply.headers, cut_after=4000)

    server.fail("a.csv", cut_and_replace, times=1)
    assert download(server) == CONTENT[::-1]


def test_a_server_that_goes_on_elsewhere_than_asked_is_not_believed(server: FileServer) -> None:
    def elsewhere_in_the_file(_: Request, reply: Reply) -> Reply:
        """As many bytes as are missing, but not those: only the range says so."""
        part = CONTENT[100 : 100 + len(CONTENT) - 4000]
        return Reply(206, part, {"Content-Range": f"bytes 100-{99 + len(part)}/{len(CONTENT)}"})

    server.fail("a.csv", cut(4000), times=1)
    server.fail("a.csv", elsewhere_in_the_file, times=1)
    assert download(server) == CONTENT
    assert "Range" not in server.asked("a.csv")[2].headers


def test_a_download_that_is_always_cut_is_given_up(server: FileServer) -> None:
    server.files["/resources/r/a.csv"].has_etag = False
    server.fail("a.csv", cut(4000))
    assert "was cut in each of 3 attempts" in refused(server)


def test_a_chunked_body_that_ends_early_is_a_cut_one(server: FileServer) -> None:
    server.fail("a.csv", lambda _, reply: Reply(200, reply.body, {}, cut_after=4000, is_chunked=True), times=1)
    assert download(server) == CONTENT


# Time and size


@pytest.mark.parametrize(("headers", "chunked"), [(False, False), (False, True), (True, False)])
def test_a_slow_drip_ends_at_the_deadline(server: FileServer, headers: bool, chunked: bool) -> None:
    """Each byte comes well within the timeout of a read: only the deadline of the whole can end it."""
    server.fail("a.csv", drip(0.05, headers=headers, chunked=chunked))
    begun = time.monotonic()
    assert "was not read to its end within 0.5 s" in refused(server, deadline_seconds=0.5)
    assert 0.4 < time.monotonic() - begun < 1.5


def test_an_announced_size_over_the_limit_is_refused_before_the_body(server: FileServer) -> None:
    assert "larger than 5000 bytes" in refused(server, max_file_bytes=5000)


def test_a_size_that_was_not_announced_is_refused_when_it_is_reached(server: FileServer) -> None:
    server.fail("a.csv", lambda _, reply: Reply(200, reply.body, {}, is_chunked=True))
    into = io.BytesIO()
    with pytest.raises(SourceError, match="larger than 5000 bytes"):
        client(server, max_file_bytes=5000).download(server.url, into)
    assert len(into.getvalue()) <= 5000


def test_a_body_that_unpacks_beyond_the_limit_is_refused(server: FileServer) -> None:
    import gzip

    bomb = gzip.compress(b"0" * 5_000_000)
    assert len(bomb) < 20_000
    server.fail("a.csv", body(bomb, **{"Content-Encoding": "gzip"}))
    assert "larger than 20000 bytes" in refused(server)


# Where a call may go


def test_a_redirect_within_the_allowed_hosts_is_followed(server: FileServer) -> None:
    server.fail("/old", redirect("/resources/r/a.csv"))
    into = io.BytesIO()
    client(server).download(f"{server.address}/old", into)
    assert into.getvalue() == CONTENT


def test_a_redirect_to_another_host_is_not_even_called(server: FileServer, elsewhere: FileServer) -> None:
    server.fail("a.csv", redirect(elsewhere.url))
    sentence = refused(server)
    assert f"is at {elsewhere.place}, which is none of the hosts that the feed allows ({server.place})" in sentence
    assert elsewhere.seen == []


def test_each_hop_is_checked_not_only_the_first(server: FileServer, elsewhere: FileServer) -> None:
    server.fail("/one", redirect("/two"))
    server.fail("/two", redirect(elsewhere.url))
    with pytest.raises(SourceError, match="led there by"):
        client(server).download(f"{server.address}/one", io.BytesIO())
    assert elsewhere.seen == []


def test_the_token_stays_at_the_api_s_host_when_another_allowed_one_is_called(
    server: FileServer, elsewhere: FileServer
) -> None:
    server.fail("a.csv", redirect(elsewhere.url))
    into = io.BytesIO()
    Client(fast_rules(server.place, elsewhere.place), server.address, TOKEN).download(server.url, into)
    assert into.getvalue() == CONTENT
    assert server.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Authorization" not in elsewhere.seen[0].headers


def test_redirects_that_lead_nowhere_end(server: FileServer) -> None:
    server.fail("a.csv", redirect("/resources/r/a.csv"))
    assert "redirects more than 5 times" in refused(server)
    assert len(server.asked("a.csv")) == 6


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://{place}/a",
        "//",
        "http://",
        "http://user:pass@{place}/a",
        "http://{place}@example.org/a",
        "http://example.org\\@{place}/a",
        "http://127.1/a",
        "http://[::1]/a",
        "http://{place}.example.org/a",
    ],
)
def test_addresses_that_only_look_right_are_not_called(server: FileServer, url: str) -> None:
    with pytest.raises(SourceError):
        client(server).download(url.format(place=server.place), io.BytesIO())
    assert server.seen == []


def test_plain_http_is_for_this_machine_and_only_where_the_feed_says_so(server: FileServer) -> None:
    for place, is_allowed in ((server.place, False), ("example.org", True)):
        with pytest.raises(SourceError, match="only https addresses"):
            Client(fast_rules(place, is_plain_http_allowed=is_allowed), f"http://{place}/")


def test_a_certificate_that_nobody_vouches_for_is_refused_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import ssl
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        place = f"127.0.0.1:{server.server_address[1]}"
        with pytest.raises(SourceError, match="its TLS certificate is not valid for it"):
            Client(fast_rules(place), f"https://{place}").download(f"https://{place}/a", io.BytesIO())
        assert not [record for record in caplog.records if "Retrying" in record.getMessage()]
    finally:
        server.shutdown()
        server.server_close()


def self_signed(folder: Path) -> Path:
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - dt.timedelta(days=1))
    certificate = builder.not_valid_after(now + dt.timedelta(days=1)).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


# Secrets


def test_no_netrc_and_no_cookie_travels(server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server.fail("a.csv", body(CONTENT, **{"Set-Cookie": "session=1; Path=/"}))
    with_none = Client(fast_rules(server.place), server.address)
    for _ in range(2):
        with_none.download(server.url, io.BytesIO())
    assert all(not {"Authorization", "Cookie"} & set(request.headers) for request in server.seen)


def test_no_failure_says_the_token(server: FileServer, elsewhere: FileServer, caplog: pytest.LogCaptureFixture) -> None:
    import traceback

    # A server may repeat what it was sent.
    faults = [
        status(401),
        status(500),
        redirect(elsewhere.url),
        body(TOKEN.encode()),
        redirect(f"{elsewhere.url}?token={TOKEN}"),
        redirect(f"{elsewhere.url}/{TOKEN}"),
    ]
    texts = []
    signed = f"{server.address}/json?signature={(signature := 'f00d' * 4)}"
    with caplog.at_level(logging.DEBUG):
        for fault in faults:
            server.heal()
            server.fail("/json", fault)
            with pytest.raises(SourceError) as caught:
                client(server).get_json(signed)
            texts.append("".join(traceback.format_exception(caught.value)) + repr(caught.value.__context__))
    assert server.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in "".join(texts) + caplog.text + repr(client(server))
    assert signature not in "".join(texts)


# JSON


def test_a_page_that_is_no_json_is_said(server: FileServer) -> None:
    server.fail("a.csv", body(b"<html>maintenance</html>"))
    with pytest.raises(SourceError, match=r"did not answer with JSON .* b'<html>maintenance"):
        client(server).get_json(server.url)


@pytest.mark.parametrize("text", [b"", b"[1", b"NaN", b'{"a": Infinity}', b"[" * 200_000, b"\xff\xfe", b"1" * 10_000])
def test_what_is_no_json_fits_in_one_error(server: FileServer, text: bytes) -> None:
    server.fail("a.csv", body(text))
    with pytest.raises(SourceError, match="did not answer with JSON"):
        client(server, max_answer_bytes=1_000_000).get_json(server.url)


def test_a_decimal_number_keeps_its_digits_and_never_becomes_a_float() -> None:
    assert parse_json(b'{"a": 1234567.10, "b": 0.1, "c": 12, "d": 1e2}') == {
        "a": "1234567.10",
        "b": "0.1",
        "c": 12,
        "d": "1e2",
    }


def test_a_question_is_asked_again_after_a_cut_but_never_elsewhere(server: FileServer, elsewhere: FileServer) -> None:
    server.fail("a.csv", cut(100), times=1)
    server.fail("a.csv", body(b"[]"))
    assert client(server).post_json(server.url, {}) == []
    server.heal()
    server.fail("a.csv", redirect(elsewhere.url, 307))
    with pytest.raises(SourceError, match="answers with a redirect"):
        Client(fast_rules(server.place, elsewhere.place), server.address, TOKEN).post_json(server.url, {})
    assert elsewhere.seen == []


def test_an_address_is_shown_without_its_secrets() -> None:
    assert shown("https://user:pass@host.fr/path?sig=1#x") == "https://host.fr/path"
    assert shown("https://[broken/path") == "an address that cannot be read"

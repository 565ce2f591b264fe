"""A real HTTP server on 127.0.0.1 whose answers can be made to go wrong, one way at a time.

A fault is a function from the request and the answer that would be right to the answer that is given. It is
planned for the addresses that contain a text, for some times or for ever.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An answer. `cut_after`: close after so many bytes of the body. `drip`: seconds between two bytes of it."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    drip: float | None = None
    drips_headers: bool = False
    is_chunked: bool = False


Fault = Callable[[Request, Reply], Reply]


class _Server(ThreadingHTTPServer):
    """Keeps the errors of its own, which would look like misbehaviour; a caller who hangs up makes none."""

    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.errors: list[BaseException] = []

    def handle_error(self, *_: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, ConnectionError):
            self.errors.append(error)


class LoopbackServer:
    def __init__(self) -> None:
        self.seen: list[Request] = []
        self._faults: list[tuple[str, Fault, list[int]]] = []
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.place = f"127.0.0.1:{self._server.server_address[1]}"
        self.address = f"http://{self.place}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def fail(self, where: str, fault: Fault, times: int = 1_000_000) -> None:
        """Plan a fault for the next `times` requests of addresses that contain `where`."""
        self._faults.append((where, fault, [times]))

    def heal(self) -> None:
        self._faults.clear()

    def asked(self, where: str) -> list[Request]:
        return [request for request in self.seen if where in request.path]

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
        assert not self._server.errors, self._server.errors

    def _reply(self, request: Request) -> Reply:
        self.seen.append(request)
        reply = self.answer(request)
        for where, fault, left in self._faults:
            if where in request.path and left[0] > 0:
                left[0] -= 1
                return fault(request, reply)
        return reply

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._serve()

            def do_POST(self) -> None:
                self._serve()

            def log_message(self, *_: Any) -> None:
                pass

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                reply = outer._reply(Request(self.command, self.path, dict(self.headers.items()), body))
                try:
                    self._send(reply)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def _send(self, reply: Reply) -> None:
                phrase = HTTPStatus(reply.status).phrase if reply.status in set(HTTPStatus) else ""
                headers = {"Content-Length": str(len(reply.body)), **reply.headers}
                if reply.is_chunked:
                    del headers["Content-Length"]
                    headers["Transfer-Encoding"] = "chunked"
                head = f"HTTP/1.1 {reply.status} {phrase}\r\n"
                head += "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
                self._write(head.encode(), reply.drip if reply.drips_headers else None)
                body = reply.body if reply.cut_after is None else reply.body[: reply.cut_after]
                if reply.is_chunked:
                    self._write(f"{len(reply.body):x}\r\n".encode(), None)
                self._write(body, reply.drip)
                if reply.is_chunked and reply.cut_after is None:
                    self._write(b"\r\n0\r\n\r\n", None)
                self.close_connection = self.close_connection or reply.cut_after is not None

            def _write(self, data: bytes, drip: float | None) -> None:
                if drip is None:
                    self.wfile.write(data)
                    return
                for byte in data:
                    if outer._stopping.wait(drip):
                        return
                    self.wfile.write(bytes((byte,)))
                    self.wfile.flush()

        return Handler


# The ways to misbehave


def cut(after: int) -> Fault:
    return lambda _, reply: replace(reply, cut_after=after)


def status(code: int, **headers: str) -> Fault:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _, __: Reply(code, b"out of order", told)


def redirect(to: str, code: int = 302) -> Fault:
    return lambda _, __: Reply(code, b"", {"Location": to})


def drip(seconds: float, *, headers: bool = False, chunked: bool = False) -> Fault:
    return lambda _, reply: replace(reply, drip=seconds, drips_headers=headers, is_chunked=chunked)


def body(content: bytes, **headers: str) -> Fault:
    return lambda _, reply: replace(reply, body=content, headers={**reply.headers, **headers})


def silence(seconds: float) -> Fault:
    def wait(_: Request, reply: Reply) -> Reply:
        time.sleep(seconds)
        return reply

    return wait

"""A service on loopback that misbehaves as it is told."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.providers.samples import AT


class Reply(NamedTuple):
    """An answer; ``cut`` sends only so many bytes of its body, ``pause`` waits before it."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = MappingProxyType({})
    cut: int | None = None
    pause: float = 0.0


RESET = "reset"
Script = dict[str, list[Any]]


class Faulty(NamedTuple):
    """A running server: its address, and the requests it got as (method, path, authorization)."""

    endpoint: str
    requests: list[tuple[str, str, str | None]]

    def count(self, method: str, end: str) -> int:
        """Return how many requests there were of *method* to a path that ends in *end*."""
        return sum(item[0] == method and item[1].endswith(end) for item in self.requests)


@contextmanager
def faulty_service(script: Script) -> Iterator[Faulty]:
    """Serve *script* until the block ends.

    It maps "METHOD end-of-path" to replies, one after another; the last one stays.
    A reply is a Reply, RESET (the connection breaks), or a function of the request's
    authorization that returns either. The clock of an emulator is served besides.
    """
    requests: list[tuple[str, str, str | None]] = []
    waiting = {
        key: list(replies) for key, replies in {"GET /_emulator/clock": [Reply(body={"at": AT})], **script}.items()
    }
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            path = self.path.partition("?")[0]
            authorization = self.headers.get("authorization")
            with lock:
                if "/_emulator/" not in path:
                    requests.append((self.command, path, authorization))
                keys = [
                    key for key in waiting if key.startswith(f"{self.command} ") and path.endswith(key.split(" ")[1])
                ]
                replies = waiting[max(keys, key=len)] if keys else [Reply(404)]
                reply = replies.pop(0) if len(replies) > 1 else replies[0]
            reply = reply(authorization) if callable(reply) else reply
            self._break() if reply == RESET else self._answer(reply)

        def _break(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()

        def _answer(self, reply: Reply) -> None:
            time.sleep(reply.pause)
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            content = b"" if reply.body is None else content
            self.send_response_only(reply.status)
            headers = {
                "content-type": "application/json; charset=utf-8",
                "date": self.date_time_string(),
                **{name.lower(): value for name, value in reply.headers.items()},
            }
            for name, value in {**headers, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: reply.cut])
            self.close_connection = self.close_connection or reply.cut is not None

        do_GET = do_POST = do_PATCH = do_PUT = _serve

        def log_message(self, *_arguments: Any) -> None:
            pass

        def finish(self) -> None:
            # After a reset there is no connection to flush.
            with suppress(OSError, ValueError):
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Faulty(f"http://127.0.0.1:{server.server_address[1]}", requests)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refusal(status: int, code: str, message: str = "no") -> Reply:
    """Return Azure's error body."""
    return Reply(status, {"error": {"code": code, "message": message}})

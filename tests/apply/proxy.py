"""A proxy before the emulator that can lose an answer, or a whole request."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit


class Asked(NamedTuple):
    """A request as it came in."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Return the path, without the query."""
        return urlsplit(self.url).path


class Answered(NamedTuple):
    """An answer to give; one that is *cut* promises more bytes than come."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes
    cut: bool = False


LATER = Answered(504, [], b'{"error": {"code": "GatewayTimeout", "message": "later"}}')
OOPS = Answered(500, [], b'{"error": {"code": "InternalServerError", "message": "oops"}}')


class Proxy:
    """Forwards everything; ``lose`` maps the end of a path to what happens to the next such request.

    ``before``: the connection is reset and nothing is forwarded; ``after``: it is
    forwarded, and its answer is lost; ``500`` and ``504``: the same two, with that answer;
    ``hang``: it is forwarded and never answered. ``lose_method`` is the same for
    the next request of a method.
    """

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.lose: dict[str, str] = {}
        self.lose_method: dict[str, str] = {}
        self.hanging = threading.Event()
        self.endpoint = ""

    def answer(self, asked: Asked) -> Answered | None:
        """Return what to answer; None resets the connection."""
        fate = next((self.lose.pop(end, "") for end in list(self.lose) if asked.path.endswith(end)), "")
        fate = fate or self.lose_method.pop(asked.method, "")
        if fate == "before":
            return None
        if fate == "504":
            return LATER
        answered = self.forward(asked)
        if fate == "hang":
            self.hanging.set()
            threading.Event().wait(60)
        return OOPS if fate == "500" else None if fate in ("after", "hang") else answered

    def forward(self, asked: Asked) -> Answered:
        """Return the emulator's answer."""
        connection = http.client.HTTPConnection(self.target)
        headers = {key: value for key, value in asked.headers.items() if key.lower() != "host"}
        connection.request(asked.method, asked.url, asked.body, {**headers, "Host": self.target})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        kept = [(key, value) for key, value in answer.getheaders() if key.lower() not in ("content-length", "date")]
        return Answered(answer.status, kept, content)


Kind = TypeVar("Kind", bound=Proxy)


@contextmanager
def running_proxy(target: str, make: Callable[[str], Kind] = Proxy) -> Iterator[Kind]:  # type: ignore[assignment]
    """Run a proxy on a free port until the block ends."""
    proxy = make(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            answered = proxy.answer(Asked(self.command, self.path, dict(self.headers.items()), body))
            if answered is None:
                return self._reset()
            return self._answer(answered)

        def _reset(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _answer(self, answered: Answered) -> None:
            self.send_response(answered.status)
            for key, value in answered.headers:
                self.send_header(key, value.replace(proxy.target, urlsplit(proxy.endpoint).netloc))
            self.send_header("content-length", str(len(answered.content) + answered.cut))
            self.end_headers()
            self.wfile.write(answered.content)
            if answered.cut:
                self._reset()

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

    server = Server(("127.0.0.1", 0), Handler)
    proxy.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()


class Server(ThreadingHTTPServer):
    """A server whose clients may die at any moment without a word on stderr."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that was killed breaks its connection."""

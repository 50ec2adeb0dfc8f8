"""A proxy before the emulator that can lose an answer, or a whole request."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Proxy:
    """Forwards everything; ``lose`` maps the end of a path to what happens to the next such request.

    ``before``: the connection is reset and nothing is forwarded; ``after``: it is
    forwarded, and its answer is lost; ``500`` and ``504``: the same two, with that answer;
    ``hang``: it is forwarded and never answered. ``lose_patch`` is the same for the next PATCH.
    """

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.lose: dict[str, str] = {}
        self.lose_patch = ""
        self.hanging = threading.Event()
        self.endpoint = ""

    def forward(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return the emulator's answer."""
        connection = http.client.HTTPConnection(self.target)
        headers = {key: value for key, value in handler.headers.items() if key.lower() != "host"}
        connection.request(handler.command, handler.path, body, {**headers, "Host": self.target})
        answer = connection.getresponse()
        content = answer.read()
        kept = [(key, value) for key, value in answer.getheaders() if key.lower() not in ("content-length", "date")]
        return answer.status, kept, content


@contextmanager
def running_proxy(target: str) -> Iterator[Proxy]:
    """Run a proxy on a free port until the block ends."""
    proxy = Proxy(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path = urlsplit(self.path).path
            fate = next((proxy.lose.pop(end) for end in list(proxy.lose) if path.endswith(end)), "")
            if self.command == "PATCH":
                fate, proxy.lose_patch = proxy.lose_patch, ""
            if fate == "before":
                return self._reset()
            if fate == "504":
                return self._answer(504, [], b'{"error": {"code": "GatewayTimeout", "message": "later"}}')
            status, headers, content = proxy.forward(self, body)
            if fate == "after":
                return self._reset()
            if fate == "500":
                return self._answer(500, [], b'{"error": {"code": "InternalServerError", "message": "oops"}}')
            if fate == "hang":
                proxy.hanging.set()
                threading.Event().wait(60)
                return self._reset()
            return self._answer(status, headers, content)

        def _reset(self) -> None:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

        def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response(status)
            for key, value in headers:
                self.send_header(key, value.replace(proxy.target, urlsplit(proxy.endpoint).netloc))
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = _serve

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()

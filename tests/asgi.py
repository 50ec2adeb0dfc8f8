"""Call the emulator's application in this process, without a socket."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any


def token(tenant: str) -> str:
    """Return the unsigned token that names a tenant."""

    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part({'tid': tenant})}."


def call(app: Any, method: str, path: str, tenant: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """Send one request and return its status and its JSON."""
    return asyncio.run(_call(app, method, path, tenant, body))


async def _call(app: Any, method: str, path: str, tenant: str, body: dict[str, Any] | None) -> tuple[int, Any]:
    sent: list[dict[str, Any]] = []
    content = json.dumps(body).encode() if body is not None else b""
    headers = [
        (b"host", b"127.0.0.1"),
        (b"authorization", f"Bearer {token(tenant)}".encode()),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
    ]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    target, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": target,
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    answer = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], json.loads(answer) if answer else None

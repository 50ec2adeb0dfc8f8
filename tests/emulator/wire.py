"""Ask an emulator without a socket, as ASGI, with the token of a tenant."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from reconciler.emulator.app import Azure
from tests.emulator.estates import TENANT, order_id, path


def token(tenant: str) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"tid": tenant}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{payload}."


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: Any

    def code(self) -> tuple[int, str]:
        return self.status, self.body["error"]["code"]


class Wire:
    """One tenant's line to an emulator."""

    def __init__(self, azure: Azure, tenant: str = TENANT) -> None:
        self.azure = azure
        self.authorization: str | None = f"Bearer {token(tenant)}"

    def get(self, url: str) -> Reply:
        return self.send("GET", url)

    def post(self, url: str, body: Any) -> Reply:
        return self.send("POST", url, body)

    def order(self, number: int, expand: str = "") -> dict[str, Any]:
        query = f"?$expand={expand}" if expand else ""
        return self.get(f"/providers/Microsoft.Capacity/reservationOrders/{order_id(number)}{query}").body

    def reservation(self, number: int) -> dict[str, Any]:
        return self.get(path(number)).body

    def patch(self, number: int, **properties: Any) -> Reply:
        return self.send("PATCH", path(number), {"properties": properties})

    def quote(self, number: int, quantity: int = 1) -> Reply:
        returned = {"reservationId": path(number), "quantity": quantity}
        body = {"id": path(number).partition("/reservations/")[0], "properties": {"scope": "Reservation"}}
        body["properties"]["reservationToReturn"] = returned
        return self.post(f"/providers/Microsoft.Capacity/reservationOrders/{order_id(number)}/calculateRefund", body)

    def give_back(self, number: int, quantity: int, session: str) -> Reply:
        returned = {"reservationId": path(number), "quantity": quantity}
        properties = {"sessionId": session, "scope": "Reservation", "reservationToReturn": returned}
        body = {"properties": properties | {"returnReason": "Workload retired"}}
        return self.post(f"/providers/Microsoft.Capacity/reservationOrders/{order_id(number)}/return", body)

    def read_until_settled(self, number: int) -> dict[str, Any]:
        """Return an order once it reads as something else than in progress."""
        for _ in range(9):
            order = self.order(number, "planInformation")
            if order["properties"]["provisioningState"] not in ("Pending", "Creating"):
                return order
        raise AssertionError("the order stays in progress")

    def estate(self) -> dict[str, Any]:
        return self.send("GET", "/_emulator/estate", version=None).body

    def send(self, method: str, url: str, body: Any = None, version: str | None = "2022-11-01") -> Reply:
        """Send a request; *body* may be text, to be sent as it is."""
        if version and "api-version" not in url:
            url += f"{'&' if '?' in url else '?'}api-version={version}"
        raw = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        return asyncio.run(self._send(method, url, raw.encode()))

    async def _send(self, method: str, url: str, raw: bytes) -> Reply:
        address, _, query = url.removeprefix("http://emulator").partition("?")
        headers = [(b"host", b"emulator"), (b"content-type", b"application/json")]
        if self.authorization:
            headers.append((b"authorization", self.authorization.encode()))
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(address),
            "query_string": query.encode(),
            "headers": headers,
            "server": ("emulator", 80),
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.azure.app(scope, receive, send)
        answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return Reply(sent[0]["status"], answered, json.loads(content) if content else None)

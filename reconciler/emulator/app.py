"""The endpoint as an ASGI application: who asks, for what, and every request on record."""

import asyncio
import json
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from . import admin
from .authorization.permissions import action_of, not_authorized, refuse
from .calls import WRITES, Answer, Call
from .clock import Clock
from .errors import ArmError, EmulatorError, bad_content
from .estate import Estate
from .faults.breaking import broken
from .faults.carrying import Faults, answered
from .faults.deciding import Fate
from .faults.profiles import Profile
from .renewals import renew
from .routes import route
from .tokens import NOBODY, identity_of
from .world import World

# As in the recorded traffic of the Azure CLI's reservation tests.
_HEADERS = {
    "cache-control": "no-cache",
    "pragma": "no-cache",
    "expires": "-1",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "vary": "Accept-Encoding",
}
_WRITE_HEADERS = {"x-ms-ratelimit-remaining-tenant-writes": "1199"}
_DEFECT = ArmError(500, "InternalServerError", "The emulator failed; its log has the details.")
_OWN = "/_emulator/"

Save = Callable[[dict[str, Any], set[str]], None]


class Azure:
    """Play Azure's side for the tenants of an estate; ``app`` is the ASGI application.

    The estate is copied. *at* makes the clock stand there (None: the real one). *save* is given the document
    and the tenants that changed, after each change. *faults* is what goes wrong from the start.
    Errors: EmulatorError if the estate cannot be read as one.
    """

    def __init__(
        self,
        estate: dict[str, Any],
        at: datetime | None = None,
        save: Save | None = None,
        faults: Profile | None = None,
    ) -> None:
        self.world = World(Estate(json.loads(json.dumps(estate))), Clock(at), renew)
        self.requests: list[dict[str, Any]] = []
        self.faults = Faults(faults)
        self._save = save
        self._lock = threading.Lock()
        self._keep()

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; every path is ours to answer, also one that no router would let through."""
        if scope["type"] == "http":
            request = Request(scope, receive)
            if scope["path"].startswith(_OWN):
                await (await self._administer(request))(scope, receive, send)
            else:
                await self._serve(request, send)

    def _keep(self) -> None:
        """Save what changed, if anything did."""
        world = self.world
        if self._save and (world.changed or world.remembered):
            self._save(world.document(), world.changed)
        world.saved()

    def _kept(self, answer: Answer) -> Answer:
        """Return *answer* once what it did is saved; a client must not trust what a restart would forget."""
        try:
            self._keep()
        except EmulatorError as error:
            print(f"error: {error}", file=sys.stderr, flush=True)
            return Answer(500, _DEFECT.body())
        return answer

    async def _serve(self, request: Request, send: Send) -> None:
        body = await request.body()
        fate = self.faults.fate(request.method, request.scope["path"], _tenant(request))
        if fate.seconds:
            await asyncio.sleep(fate.seconds)
        response = None if fate.strikes("reset") else self._response(request, body, fate)
        if response is None:
            self.requests.append(_record(request, fate))
        send = broken(fate, send, request.scope)
        await (response or Response())(request.scope, request.receive, send)

    def _response(self, request: Request, body: bytes, fate: Fate) -> Response:
        with self._lock:
            self.world.tick()
            record = _record(request, fate)
            self.requests.append(record)
            try:
                answer = self._answer(request, body, record, fate)
            except ArmError as error:
                answer = Answer(error.status, error.body(), error.headers)
            except Exception:  # noqa: BLE001 - a defect of the emulator is answered as the service answers its own
                traceback.print_exc(file=sys.stderr)
                answer = Answer(500, _DEFECT.body())
            answer = self._kept(answer)
            record["status"] = answer.status
        answer = answered(answer, fate)
        # A client's logs are searched by these; the recordings leave them out.
        ids = {"x-ms-request-id": str(uuid4()), "x-ms-correlation-request-id": str(uuid4())}
        remaining = _WRITE_HEADERS if request.method in WRITES else {}
        headers = {**_HEADERS, **ids, **remaining, **answer.headers}
        return respond(answer, headers)

    def _answer(self, request: Request, raw: bytes, record: dict[str, Any], fate: Fate) -> Answer:
        body, readable = _json(raw)
        record["body"] = body
        who = identity_of(request.headers.get("authorization"))
        record["tenant"] = who.tenant
        query = {name.lower(): value for name, value in request.query_params.items()}
        # Not request.url.path: it ends at a "?" or "#" that was sent escaped, as in a name.
        path = request.scope["path"]
        remaining = self.faults.admit(request.method, path, who, fate)
        entry, parts = route(request.method, path, query)
        if fate.strikes("denied"):
            raise not_authorized(who, action_of(entry), path)
        world = self.faults.prepare(self.world, request.method, path, who.tenant, body, fate)
        customer = world.estate.customer(who.tenant)
        refuse(customer, entry, path, who)
        if not readable:
            raise bad_content("it is not JSON")
        url = path + (f"?{request.url.query}" if request.url.query else "")
        base = f"{request.url.scheme}://{request.url.netloc}"
        answer = entry.handler(Call(world, customer, base, path, url, query, parts, body, who))
        return replace(answer, headers={**remaining, **answer.headers})

    async def _administer(self, request: Request) -> Response:
        body, _ = _json(await request.body())
        with self._lock:
            self.world.tick()
            answer = self._kept(admin.answer(self, request.method, request.scope["path"].removeprefix(_OWN), body))
        return respond(answer, dict(_HEADERS))


def respond(answer: Answer, headers: dict[str, str]) -> Response:
    """Return the response over the wire; an empty body has no content type."""
    headers |= dict(answer.headers)
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    content = json.dumps(answer.body, separators=(",", ":")).encode()
    headers["content-type"] = "application/json; charset=utf-8"
    return Response(content, answer.status, headers)


def _record(request: Request, fate: Fate) -> dict[str, Any]:
    """Return what is on record of a request: the status it came to, null where it never got that far.

    ``connection`` is the client's port, by which requests of one connection are known; null without a socket.
    """
    fault = {"fault": str(fate)} if str(fate) else {}
    return {
        "connection": request.client.port if request.client else None,
        "method": request.method,
        "path": request.scope["path"],
        "tenant": None,
        "body": None,
        "status": None,
    } | fault


def _tenant(request: Request) -> str:
    try:
        return identity_of(request.headers.get("authorization")).tenant
    except ArmError:
        return NOBODY.tenant


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _json(raw: bytes) -> tuple[Any, bool]:
    """Return the parsed body and whether it was JSON; what was not is returned as text."""
    try:
        return (json.loads(raw, parse_constant=_refuse) if raw else None), True
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace"), False

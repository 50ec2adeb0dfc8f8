"""A line to the emulator that remembers every answer, and judges each by the definitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from reconciler.emulator.app import Azure
from tests.conformance import spec
from tests.conformance.definition import Definition, Finding, Operation, definition
from tests.emulator.estates import TENANT
from tests.emulator.wire import Reply, Wire


@dataclass(frozen=True)
class Heard:
    """One answer: to which operation, and how it differs from its definition."""

    operation: str
    reply: Reply
    findings: list[Finding]

    def source(self) -> str:
        """Return how the table of allowed differences names it."""
        return f"definition/{self.operation}"


@dataclass
class Listening:
    """Ask an emulator and remember the answers.

    No definition lists the address at which an operation is polled: it is told in a header. What is asked there
    is judged as an answer to the operation that told it.
    """

    azure: Azure
    tenant: str = TENANT
    heard: list[Heard] = field(default_factory=list)
    polled: dict[str, Operation] = field(default_factory=dict)

    def send(self, method: str, url: str, body: Any = None) -> Reply:
        """Send a request and judge its answer.

        Errors: LookupError if it is an operation of no definition.
        """
        reply = Wire(self.azure, self.tenant).send(method, url, body)
        path = _path(url)
        found = definition_of(path)
        operation = found.operation(method, path) or self.polled.get(path)
        if operation is None:
            raise LookupError(f"{method} {path} is no operation of any definition")
        if "location" in reply.headers:
            self.polled[_path(reply.headers["location"])] = operation
        self.heard.append(Heard(operation.id, reply, found.findings(operation, reply.status, reply.body)))
        return reply


def definition_of(path: str) -> Definition:
    """Return the definition of the provider that a path is of."""
    if "/microsoft.authorization/" in path.lower():
        return definition(spec.AUTHORIZATION)
    return definition(spec.SUPPORT if "/microsoft.support/" in path.lower() else spec.RESERVATIONS)


def _path(url: str) -> str:
    return unquote(url.removeprefix("http://emulator").partition("?")[0])

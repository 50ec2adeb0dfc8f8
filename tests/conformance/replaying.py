"""Recorded traffic, asked again of an emulator that holds the estate it was recorded on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from reconciler.emulator.app import Azure
from tests.conformance import spec, worlds
from tests.conformance.comparing import differences, headers
from tests.conformance.definition import Finding
from tests.emulator.wire import Reply, Wire

Interaction = dict[str, Any]
HOST = "https://management.azure.com"


class Replay:
    """One recording and the emulator that it is asked of."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.interactions = spec.recorded(name)
        self.polls: dict[str, str] = {}
        self.wire: Wire | None = None

    def findings(self) -> Iterator[tuple[str, Finding]]:
        """Yield how the emulator's answers differ, each with the request that it is about."""
        for number, one in enumerate(self.interactions):
            method, url = one["request"]["method"], one["request"]["uri"].removeprefix(HOST)
            reply = self._line(number).send(method, self.polls.get(url, url), one["request"]["body"])
            self._remember(one, reply)
            for finding in _compared(one, reply):
                yield f"recording/{self.name} {method} {url.partition('?')[0]}", finding

    def _line(self, number: int) -> Wire:
        """Return the line for a request: to one emulator all along, or to a new one for each."""
        if self.wire is None or self.name not in worlds.ONE_FOR_ALL:
            bodies = [_body(one) for one in self.interactions]
            at = _at(self.interactions[number])
            self.wire = Wire(Azure(worlds.world(self.name, number, bodies, at), at))
        return self.wire

    def _remember(self, one: Interaction, reply: Reply) -> None:
        """Keep the emulator's own address of an operation in place of the recorded one."""
        for name in ("azure-asyncoperation", "location"):
            for recorded in one["response"]["headers"].get(name, []):
                if name in reply.headers:
                    self.polls[recorded.removeprefix(HOST)] = reply.headers[name]


def _compared(one: Interaction, reply: Reply) -> Iterator[Finding]:
    recorded = one["response"]
    if reply.status != recorded["status"]["code"]:
        yield Finding("status", "", f"{reply.status}, not {recorded['status']['code']}")
        return
    yield from headers({key.lower(): _moved(value[0]) for key, value in recorded["headers"].items()}, reply.headers)
    yield from differences(_body(one), reply.body)


def _moved(text: str) -> str:
    """Return what was recorded as it is for the emulator's own host."""
    return text.replace(HOST, "http://emulator")


def _body(one: Interaction) -> Any:
    text = one["response"]["body"]["string"]
    return json.loads(_moved(text)) if text else None


def _at(one: Interaction) -> datetime:
    [date] = one["response"]["headers"]["date"]
    return parsedate_to_datetime(date).astimezone(UTC)

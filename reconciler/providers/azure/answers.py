"""What the service answered, and how a failure is put into words without giving a secret away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
from aiohttp import ClientConnectorError
from azure.core.exceptions import (
    AzureError,
    DecodeError,
    IncompleteReadError,
    ServiceRequestTimeoutError,
    ServiceResponseTimeoutError,
)

from reconciler.errors import ProviderError

_LONGEST = 300
# Signed addresses carry their signature in the query; a JWT begins with the text of '{"'.
_QUERY = re.compile(r"\?[^\s'\"<>]*=[^\s'\"<>]*")
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]*(?:\.[\w-]*)?|(?<=Bearer )\S+")
_ADVICE = {
    401: "check the credential for this tenant",
    403: (
        "give the identity Reservations Reader on the orders to plan and Reservations Administrator to apply "
        "(Azure Lighthouse roles and guest accounts do not work for reservations)"
    ),
    404: "check azure.endpoint and whether the identity may see it",
    429: "wait and run it again, or with fewer --jobs",
}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A status, headers that are found by their names in lower case, and the undecoded body."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def good(self) -> bool:
        """Say whether the service did what it was asked."""
        return 200 <= self.status < 300

    def json(self, asked: str) -> dict[str, Any]:
        """Return the body, which must be a JSON object; *asked* names the request in the error.

        Errors: ProviderError if it is anything else.
        """
        try:
            body = msgspec.json.decode(self.content)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise ProviderError(f"{asked}: the answer is not JSON: {plain(str(error))}; run it again") from error
        if not isinstance(body, dict):
            raise ProviderError(f"{asked}: the answer is not a JSON object; check azure.endpoint")
        return body

    def error(self) -> tuple[str | None, str]:
        """Return code and message of Azure's error body; (None, "") if it has none."""
        try:
            body = msgspec.json.decode(self.content)
        except (msgspec.DecodeError, ValueError, RecursionError):
            return None, ""
        return error_of(body)


def error_of(body: Any) -> tuple[str | None, str]:
    """Return code and message of ``{"error": {"code", "message"}}``; (None, "") if there is none."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        return None, ""
    return plain(error["code"]), plain(str(error.get("message") or ""))


def failed(answer: Answer, asked: str, refused: bool = False) -> ProviderError:
    """Return the error for an answer that is not a good one: what, and what to do."""
    code, _ = answer.error()
    return ProviderError(f"{told(answer, asked)}{_advice(answer)}", code, refused)


def told(answer: Answer, asked: str) -> str:
    """Say what was asked and what the service answered."""
    code, message = answer.error()
    said = " ".join(part for part in (str(answer.status), code) if part)
    return ": ".join(part for part in (f"{asked}: the service answered {said}", message) if part)


def _advice(answer: Answer) -> str:
    status = answer.status
    if (status == 429 or status >= 500) and delay(answer.headers, 0.0) > 0:
        return f"; it wants to be left alone {reopening(answer.headers)}: run it again then"
    advice = _ADVICE.get(status) or ("run it again later" if status >= 500 else None)
    return f"; {advice}" if advice else ""


def delay(headers: Mapping[str, str], otherwise: float) -> float:
    """Return for how many seconds the service asks to wait; *otherwise* where it does not say."""
    with suppress(KeyError, ValueError):
        return max(0.0, float(headers["retry-after"]))
    return otherwise


def reopening(headers: Mapping[str, str]) -> str:
    """Say until when the service asks to wait, by its own clock; for how long, where it does not tell the time."""
    seconds = timedelta(seconds=delay(headers, 1.0))
    with suppress(KeyError, ValueError, OverflowError):
        at = parsedate_to_datetime(headers["date"]).astimezone(UTC) + seconds
        return f"until {at:%Y-%m-%dT%H:%M:%SZ}"
    return f"for {seconds.total_seconds():.0f} s"


def unsent(error: AzureError) -> bool:
    """Say whether it is proved that nothing was sent: no connection came about.

    A ServiceRequestError alone proves nothing: the SDK also raises it when the
    connection breaks after the request.
    """
    return isinstance(error, ServiceRequestTimeoutError) or isinstance(error.__cause__, ClientConnectorError)


def wording(error: AzureError) -> str:
    """Say in a few words why there is no answer."""
    if unsent(error):
        return "no connection to the service (check azure.endpoint and the network)"
    if isinstance(error, ServiceResponseTimeoutError):
        return "the service did not answer in time"
    if isinstance(error, IncompleteReadError):
        return "the answer broke off"
    if isinstance(error, DecodeError):
        return "the answer is not JSON"
    return f"the connection failed: {plain(str(error)) or type(error).__name__}"


def plain(text: str) -> str:
    """Return the first line of outside text in plain ASCII, without queries of addresses and tokens."""
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    line = _TOKEN.sub("[token]", _QUERY.sub("", line))
    clean = "".join(char if char.isprintable() else " " for char in line)
    clean = clean.encode("ascii", "replace").decode()
    return clean if len(clean) <= _LONGEST else f"{clean[:_LONGEST]}..."

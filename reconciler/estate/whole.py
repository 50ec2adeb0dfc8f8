"""An estate file as a whole: any that is one is read, and what is wrong with any other is said at its place."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from reconciler.collector import collector_paused
from reconciler.errors import ProviderError, UsageError
from reconciler.estate.customers import read_customer
from reconciler.estate.mistakes import ILLEGIBLE, place, why
from reconciler.model.current import Customer, Estate

FORMAT_VERSION = "1.0"
_JSON = (
    ("Expecting property name", "a key in double quotes is expected here"),
    ("Illegal trailing comma", "a comma too many"),
    ("Expecting ',' delimiter", 'a "," is missing before this'),
    ("Expecting ':' delimiter", 'a ":" is missing before this'),
    ("Expecting value", "a value is expected here; text stands in double quotes"),
    ("Unterminated string", "the quote that opens here is not closed"),
    ("Extra data", "text follows after the end"),
)


class Head(msgspec.Struct):
    """An estate file whose customers are still text: to pass over a body costs a tenth of reading it."""

    formatVersion: Any = ""
    takenAt: Any = None
    complete: Any = True
    customers: list[msgspec.Raw] | None = None

    def taken_at(self, path: Path) -> datetime:
        """Return when the estate was read, in UTC; ProviderError for a format that this program does not know."""
        version = str(self.formatVersion)
        if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
            raise ProviderError(f"{path}: formatVersion {version or 'missing'}; this program reads 1.x")
        try:
            return datetime.fromisoformat(str(self.takenAt)).astimezone(UTC).replace(microsecond=0)
        except ValueError as error:
            raise ProviderError(f"{path}: takenAt must say when the estate was read, as an instant in UTC") from error


class _Holder(msgspec.Struct):
    tenantId: str


def read_whole(path: Path, wanted: Collection[str] | None) -> Estate:
    """Read an estate file: the customers of the tenants *wanted*, in lower case, or all of them.

    Errors: UsageError if it cannot be opened; ProviderError if it is not an
            estate of a format that this program knows.
    """
    with collector_paused():
        return _estate(path, _bytes(path), wanted)


def _estate(path: Path, content: bytes, wanted: Collection[str] | None) -> Estate:
    head, parts = _decode(path, content)
    taken_at, complete = head.taken_at(path), bool(head.complete)
    tenants = [_tenant(part) for part in parts]
    if len(set(tenants)) < len(tenants):
        raise ProviderError(f"{path}: a tenantId is there twice; one customer holds all of its tenant")
    # Of a file that is not whole, the others may tell which customer lacks something.
    asked = set(tenants) if wanted is None or not complete else wanted
    try:
        read = [
            _customer(number, part, taken_at, complete)
            for number, (part, tenant) in enumerate(zip(parts, tenants, strict=True), 1)
            if tenant in asked or isinstance(tenant, int)
        ]
    except ProviderError as error:
        raise ProviderError(f"{path}{place(content, str(error))}: {error}") from error
    except ILLEGIBLE as error:
        raise ProviderError(f"{path}{_where(path, content)}") from error
    if not complete and all(item.complete for item in read):
        read = [suspected(item) for item in read]
    by_tenant = {item.tenant_id: item for item in read if wanted is None or item.tenant_id in wanted}
    return Estate(taken_at=taken_at, complete=all(item.complete for item in by_tenant.values()), customers=by_tenant)


def suspected(customer: Customer) -> Customer:
    """Return a customer of a file that lacks something, and no customer says that it is there: it may be any."""
    problem = "the estate file says that it is not complete, and not for which customer"
    return msgspec.structs.replace(customer, complete=False, problem=problem)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def _decode(path: Path, content: bytes) -> tuple[Head, list[msgspec.Raw]]:
    foreign = ProviderError(f"{path}: is no estate file: it lacks a list of customers")
    lines = [line for line in content.splitlines() if line.strip()] if path.suffix == ".jsonl" else [content]
    try:
        head = msgspec.json.decode(lines[0] if lines else b"", type=Head)
    except msgspec.ValidationError as error:
        raise foreign from error
    except ILLEGIBLE as error:
        raise ProviderError(f"{path}{_where(path, content)}") from error
    parts = [msgspec.Raw(line) for line in lines[1:]] if path.suffix == ".jsonl" else head.customers
    if parts is None:
        raise foreign
    return head, parts


def _where(path: Path, content: bytes) -> str:
    """Return where and why *content* is not JSON; the fast reader does not tell lines."""
    if not content.strip():
        return " is empty"
    texts = content.splitlines() if path.suffix == ".jsonl" else [content]
    for number, text in enumerate(texts):
        try:
            if text.strip():
                json.loads(text)
        except json.JSONDecodeError as error:
            words = next((words for begins, words in _JSON if error.msg.startswith(begins)), error.msg)
            return f":{error.lineno + number}:{error.colno}: not valid JSON: {words}"
        except UnicodeDecodeError:
            break
        except RecursionError:
            return ": is nested too deeply to be an estate"
    return ": is not JSON in UTF-8"


def _tenant(part: msgspec.Raw) -> str | int:
    """Return whose body this is, a number of its own where that cannot be told: it is read, and says what is wrong."""
    try:
        return msgspec.json.decode(part, type=_Holder).tenantId.lower()
    except ILLEGIBLE:
        return id(part)


def _customer(number: int, part: msgspec.Raw, taken_at: datetime, complete: bool) -> Customer:
    body = msgspec.json.decode(part)
    try:
        return read_customer(body, taken_at.date(), complete)
    except (KeyError, TypeError, AttributeError) as error:
        named = f" ({body['name']})" if isinstance(body, dict) and "name" in body else ""
        raise ProviderError(f"customer {number}{named}: {why(error)}") from error

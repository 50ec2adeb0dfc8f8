"""reconciler.yaml: what is said once for a repository; flags of the command line win."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from reconciler.documents import Document, check, load
from reconciler.errors import InvalidDocuments, UsageError
from reconciler.model.desired import Credential
from reconciler.model.finding import Problem
from reconciler.model.limits import Limits
from reconciler.model.money import Money

DEFAULT_NAME = "reconciler.yaml"
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)


class Support(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How support requests are filed; a problem type of None is looked up."""

    severity: str = "minimal"
    problem_classification_id: str | None = None
    advanced_diagnostic_consent: str = "No"


class Azure(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How Azure is reached; ``credential`` None means that nothing was said.

    ``jobs`` is how many requests may be under way at once, in all.
    """

    endpoint: str = "https://management.azure.com"
    jobs: int = 16
    credential: Credential | None = None
    support: Support = Support()


class Config(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The configuration, read from ``file`` in ``root``; its relative paths are relative to ``root``.

    Shares (``max_refund_drop``, ``pass_through``, ``limits.max_cap_share``) run from 0 to 1.
    No file says ``jobs`` (what ``--jobs`` said, or None) nor ``cache``, the folder of what may be
    kept between runs: a repository must not choose what is believed.
    """

    root: Path
    file: str = DEFAULT_NAME
    desired: str = "desired"
    provider: str = "azure"
    azure: Azure = Azure()
    snapshot: str | None = None
    rulebook: str = "csp-2020-08"
    ledger: str = "sqlite:///.reconciler/ledger.db"
    policies: str = "policies"
    expires_after: timedelta = timedelta(hours=24)
    deadlines_within: timedelta = timedelta(days=30)
    max_estate_age: timedelta | None = None
    max_refund_drop: Decimal = Decimal("0.01")
    limits: Limits = Limits()
    pass_through: Decimal = Decimal("1.0")
    jobs: int | None = None
    cache: Path | None = None


def load_config(path: Path | None, root: Path) -> Config:
    """Read the configuration at *path*, or else *root*/reconciler.yaml where that exists.

    Errors: UsageError if *path* is given and does not exist; InvalidDocuments with
            every mistake.
    """
    file = path or root / DEFAULT_NAME
    if path is None and not file.is_file():
        return Config(root=root)
    if not file.is_file():
        raise UsageError(f"the configuration {file} does not exist")
    document = load(file, _name(file, root))
    problems = [*document.problems, *check(document, "config")]
    known = {problem.location for problem in problems}
    problems += [problem for problem in _beyond_the_schema(document) if problem.location not in known]
    if problems:
        raise InvalidDocuments(sorted(problems))
    return _build(document.value, file)


def parse_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of days, hours, minutes and seconds; ValueError if it is none."""
    match = _DURATION.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        raise ValueError(f"{text!r} is not a duration; write it like PT24H or P1DT12H")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _lifetime(text: str) -> timedelta:
    lifetime = parse_duration(text)
    if not lifetime:
        raise ValueError(f"{text!r} is no time at all; write a duration like PT24H")
    return lifetime


def _name(file: Path, root: Path) -> str:
    absolute, within = file.absolute(), root.absolute()
    return (absolute.relative_to(within) if absolute.is_relative_to(within) else file).as_posix()


def _beyond_the_schema(document: Document) -> Iterator[Problem]:
    """Give a problem for a duration of nothing and for cents of cents."""
    checks = (
        (("plan", "expiresAfter"), _lifetime),
        (("plan", "maxEstateAge"), _lifetime),
        (("limits", "maxRefund"), Money.parse),
        (("limits", "perCustomer", "maxRefund"), Money.parse),
    )
    for steps, read in checks:
        text = document.at(steps)
        if isinstance(text, str):
            try:
                read(text)
            except ValueError as error:
                yield Problem(document.place(steps), f'"{steps[-1]}": {error}')


def _build(value: Mapping[str, Any], file: Path) -> Config:
    """Return the Config of a checked document; what it leaves out keeps its default."""
    flat = {"root": file.parent, "file": file.name, **value}
    for block in ("plan", "apply", "settlement"):
        flat.update(flat.pop(block, {}))
    for name in ("expiresAfter", "deadlinesWithin", "maxEstateAge"):
        if name in flat:
            flat[name] = parse_duration(flat[name])
    if credential := value.get("azure", {}).get("credential"):
        lowered = {key: text.lower() if key.endswith("Id") else text for key, text in credential.items()}
        flat["azure"] = {**value["azure"], "credential": lowered}
    if limits := value.get("limits"):
        flat["limits"] = _with_money(limits)
        if "perCustomer" in limits:
            flat["limits"]["perCustomer"] = _with_money(limits["perCustomer"])
    return msgspec.convert(flat, Config)


def _with_money(ceilings: Mapping[str, Any]) -> dict[str, Any]:
    text = ceilings.get("maxRefund")
    return {**ceilings, "maxRefund": Money.parse(text)} if text else dict(ceilings)

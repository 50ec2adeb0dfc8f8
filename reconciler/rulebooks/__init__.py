"""The law as dated data: the rulebooks that ship, and those of a partner's own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from reconciler.documents import Document, check, load, near, shown
from reconciler.errors import InvalidDocuments, UsageError
from reconciler.model.finding import Problem
from reconciler.model.money import Money
from reconciler.model.plan import Reason
from reconciler.rules.rulebook import CapRule, Products, Row, Rulebook

_FOLDER = Path(__file__).parent


def built_in() -> tuple[str, ...]:
    """Return the ids of the rulebooks that ship, oldest first."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def load_rulebook(name: str, root: Path) -> Rulebook:
    """Return the rulebook with a built-in id, or at a path (relative to *root*).

    Errors: UsageError if there is none; InvalidDocuments if it has mistakes.
    """
    return _load(rulebook_file(name, root).absolute(), f"{name}.yaml" if name in built_in() else name)


def rulebook_file(name: str, root: Path) -> Path:
    """Return where the rulebook with a built-in id, or at a path (relative to *root*), is.

    Errors: UsageError if there is none.
    """
    path = _FOLDER / f"{name}.yaml" if name in built_in() else root / name
    if not path.is_file():
        known = ", ".join(built_in())
        raise UsageError(f"rulebook {name}: neither built in ({known}) nor a file{near(name, built_in())}")
    return path


@cache
def _load(path: Path, name: str) -> Rulebook:
    document = load(path, name)
    problems = [*document.problems] or check(document, "rulebook") or list(_impossible_days(document))
    if not problems:
        rulebook = _build(document.value, path)
        gap = _uncovered(rulebook)
        if gap is None:
            return rulebook
        problems = [Problem(document.place(("returns", "table")), f"no row covers a return on {gap}")]
    raise InvalidDocuments(problems)


def _impossible_days(document: Document) -> Iterator[Problem]:
    products = [("returns", "notReturnable"), ("exchanges", "families"), ("exchanges", "notExchangeable")]
    places = [(*of, number) for of in products for number in range(len(document.at(of)))]
    for pointer in (("metadata", "effectiveOn"), *((*place, "purchasedAfter") for place in places)):
        text = document.at(pointer)
        try:
            date.fromisoformat(text or "2020-01-01")
        except ValueError:
            words = f"{shown(pointer[-1])} is {shown(text)}, which is no day of the calendar"
            yield Problem(document.place(pointer), words)


def _build(value: dict[str, Any], path: Path) -> Rulebook:
    metadata, returns, cap, exchanges = (value[key] for key in ("metadata", "returns", "cap", "exchanges"))
    return Rulebook(
        id=metadata["id"],
        title=metadata["title"],
        effective_on=date.fromisoformat(metadata["effectiveOn"]),
        source=metadata["source"],
        digest="sha256:" + hashlib.sha256(path.read_bytes()).hexdigest(),
        fee_base=returns["feeBase"],
        table=tuple(map(_row, returns["table"])),
        not_returnable=tuple(map(_products, returns["notReturnable"])),
        cap=CapRule(
            limit=Money.parse(cap["limit"]),
            window_days=cap["windowDays"],
            basis=cap["basis"],
            reason=_reason(f"cap.{cap['basis']}", cap),
        ),
        exchange=_reason("exchange.policy", exchanges),
        families=tuple(map(_products, exchanges["families"])),
        not_exchangeable=tuple(map(_products, exchanges["notExchangeable"])),
        announced=tuple((_reason(item["rule"], item), Decimal(item["feeRate"])) for item in value["announced"]),
    )


def _row(item: dict[str, Any]) -> Row:
    return Row(
        reason=_reason(item["rule"], item),
        at_most=item["days"].get("atMost"),
        more_than=item["days"].get("moreThan"),
        used=item.get("used"),
        full=item["credit"] == "full",
        fee_rate=Decimal(item["feeRate"]),
    )


def _products(item: dict[str, Any]) -> Products:
    after = item.get("purchasedAfter")
    return Products(
        name=item["name"],
        members=tuple(item["members"]),
        purchased_after=date.fromisoformat(after) if after else None,
        source=item.get("source", ""),
    )


def _reason(rule: str, item: dict[str, Any]) -> Reason:
    return Reason(rule=rule, text=item["text"], source=item["source"])


def _uncovered(rulebook: Rulebook) -> str | None:
    """Return a day that no row of the table speaks of; the rows change only at their bounds."""
    bounds = {row.at_most or 0 for row in rulebook.table} | {row.more_than or 0 for row in rulebook.table}
    for day in sorted({0} | {bound + step for bound in bounds for step in (0, 1)}):
        for used in (True, False):
            if not any(row.covers(day, used) for row in rulebook.table):
                return f"day {day}, {'used' if used else 'not used'}"
    return None

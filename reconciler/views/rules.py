"""A rulebook as an accountant reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.model.plan import Reason
from reconciler.reports.page import Page, Row
from reconciler.reports.report import Options
from reconciler.rules.rulebook import Products, Rulebook
from reconciler.rules.rulebook import Row as Return
from reconciler.views.arithmetic import percent
from reconciler.views.wording import counted


def rules_document(rulebook: Rulebook, in_force: bool, built_in: Sequence[str]) -> dict[str, Any]:
    """Return a rulebook as JSON; ``inForce`` says whether plans are made under it."""
    return {
        "id": rulebook.id,
        "inForce": in_force,
        "title": rulebook.title,
        "effectiveOn": rulebook.effective_on,
        "source": rulebook.source,
        "digest": rulebook.digest,
        "returns": {
            "feeBase": rulebook.fee_base,
            "table": [_return(row) for row in rulebook.table],
            "notReturnable": [_products(item) for item in rulebook.not_returnable],
        },
        "cap": {
            "limit": rulebook.cap.limit,
            "windowDays": rulebook.cap.window_days,
            "basis": rulebook.cap.basis,
            "because": rulebook.cap.reason,
        },
        "exchanges": {
            "because": rulebook.exchange,
            "families": [_products(item) for item in rulebook.families],
            "notExchangeable": [_products(item) for item in rulebook.not_exchangeable],
        },
        "announced": [{"because": reason, "feeRate": rate} for reason, rate in rulebook.announced],
        "builtIn": list(built_in),
    }


def rules_text(rulebook: Rulebook, in_force: bool, built_in: Sequence[str], options: Options) -> str:
    """Return a rulebook as lines, each rule with its source."""
    page = Page(options)
    state = "in force here" if in_force else "not in force here"
    page.say(f"{rulebook.id}: {rulebook.title}, effective {rulebook.effective_on}, {state}", style="bold", hang=2)
    page.say(f"Source: {rulebook.source}", indent=2, hang=2)
    _returns(page, rulebook)
    _cap(page, rulebook)
    _exchanges(page, rulebook)
    _announced(page, rulebook)
    page.blank()
    page.say(f"Built in: {', '.join(built_in)}")
    return str(page)


def _return(row: Return) -> dict[str, Any]:
    return {
        "atMostDays": row.at_most,
        "moreThanDays": row.more_than,
        "used": row.used,
        "credit": "full" if row.full else "prorated",
        "feeRate": row.fee_rate,
        "because": row.reason,
    }


def _products(item: Products) -> dict[str, Any]:
    return {
        "name": item.name,
        "members": item.members,
        "purchasedAfter": item.purchased_after,
        "source": item.source or None,
    }


def _returns(page: Page, rulebook: Rulebook) -> None:
    page.blank()
    page.say("Returns for a refund", style="bold")
    rows = [["DAYS SINCE PURCHASE", "USED", "CREDIT", "FEE"], *map(_cells, rulebook.table)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row, law in zip(rows, [None, *rulebook.table], strict=True):
        padded = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        page.say("  ".join(padded).rstrip(), indent=2)
        if law is not None:
            _because(page, law.reason, indent=6)
    page.say("The fee is taken of the credit, rounded, of what is given back.", indent=2, hang=2)
    _barred(page, "Cannot be returned", rulebook.not_returnable)


def _cells(row: Return) -> list[str]:
    days = [f"more than {row.more_than}"] if row.more_than is not None else []
    days += [f"at most {row.at_most}"] if row.at_most is not None else []
    used = {True: "yes", False: "no", None: "yes or no"}[row.used]
    return [", ".join(days) or "any", used, "all that was paid" if row.full else "pro-rated", percent(row.fee_rate)]


def _cap(page: Page, rulebook: Rulebook) -> None:
    cap = rulebook.cap
    page.blank()
    page.say("Refund cap", style="bold")
    page.say(f"{cap.limit} for each customer in {counted(cap.window_days, 'day')}, counted as {cap.basis}", indent=2)
    _because(page, cap.reason, indent=6)


def _exchanges(page: Page, rulebook: Rulebook) -> None:
    page.blank()
    page.say("Exchanges", style="bold")
    _because(page, rulebook.exchange, indent=2)
    page.grid([Row(f"family {item.name}", ", ".join(item.members)) for item in rulebook.families], indent=2)
    _barred(page, "Cannot be exchanged", rulebook.not_exchangeable)


def _announced(page: Page, rulebook: Rulebook) -> None:
    if rulebook.announced:
        page.blank()
        page.say("Announced, not in force", style="bold")
    for reason, rate in rulebook.announced:
        page.say(f"Fee of {percent(rate)}", indent=2)
        _because(page, reason, indent=6)


def _barred(page: Page, label: str, sets: Sequence[Products]) -> None:
    if sets:
        page.say(f"{label}:", indent=2)
    for item in sets:
        page.say(f"{item.name}: {', '.join(item.members)}", indent=4, hang=2)
        page.say(f"Source: {item.source}", indent=8, hang=2)


def _because(page: Page, reason: Reason, indent: int) -> None:
    page.say(reason.text, indent=indent, hang=2)
    page.say(f"[{reason.rule}; {reason.source}]", indent=indent, hang=2)

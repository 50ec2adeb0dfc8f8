"""An independent check of a plan file: by its bytes and a rulebook, with nothing else asked or known.

It shares no arithmetic, no rule and no digest with what makes plans; only the shapes
of a plan file are common. It cannot know what the file does not hold: whether the
figures in ``basis`` are Azure's, and whether the files ask for what is planned.
``apply`` looks at both again.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any, NamedTuple

from reconciler.model.plan import Plan
from reconciler.verify.actions import GIVING, UPDATES, check_action
from reconciler.verify.caps import check_cap
from reconciler.verify.figures import Case, Check, amounts
from reconciler.verify.file import Sheet, digests, read
from reconciler.verify.law import Law

__all__ = ["Flaw", "Law", "Sheet", "Verdict", "read", "verify"]
_SUMS = ("credit", "fee", "refund", "net_payable", "cash_now")
_COUNTS = ("update", "protection", "access", "cancel", "exchange", "blocked", "deferred", "pending", "unmanaged")


class Flaw(NamedTuple):
    """One thing in a plan that does not hold."""

    code: str
    address: str
    message: str

    @property
    def warning(self) -> bool:
        """Say whether the plan may be right all the same."""
        return self.code in ("verify.layout", "verify.instalment")


class Verdict(NamedTuple):
    """How many things were compared, and those that do not hold."""

    compared: int
    flaws: list[Flaw]

    @property
    def holds(self) -> bool:
        """Say whether nothing condemns the plan."""
        return all(flaw.warning for flaw in self.flaws)


def verify(sheet: Sheet, law: Law) -> Verdict:
    """Compare everything in a plan that follows from something else in it, or from the law.

    Units:  amounts are exact; days are UTC calendar days.
    Source: the rulebook; docs/verify.md says what is compared.
    """
    checks = list(_checks(sheet, law))
    return Verdict(len(checks), [_flaw(address, *check) for address, check in checks if check[2] != check[3]])


def _flaw(address: str, code: str, name: str, got: Any, must: Any) -> Flaw:
    name = re.sub("_([a-z])", lambda found: found[1].upper(), name)
    return Flaw(code, address, f"{name} is {_shown(got)}, and must be {_shown(must)}")


def _shown(value: Any) -> str:
    if isinstance(value, tuple | list):
        return " ".join(map(_shown, value)) or "nothing"
    if isinstance(value, Fraction):
        number = Decimal(value.numerator) / Decimal(value.denominator)
        return f"{number:.2f}" if number == round(number, 2) else f"{number:f}"
    return "nothing" if value is None else str(value)


def _checks(sheet: Sheet, law: Law) -> Iterator[tuple[str, Check]]:
    plan = sheet.plan
    said: dict[str | None, set[str]] = defaultdict(set)
    for note in plan.findings:
        said[note.address].add(note.code)
    for check in (*_head(sheet, law), *_sums(plan), *_once(plan)):
        yield "", check
    for customer in plan.customers:
        case = Case("", plan.at.date(), law, frozenset(said[customer.name]), True)
        accepted = any(item.name == "cap.unknown" for item in plan.accepted)
        yield from ((customer.name, check) for check in check_cap(customer, case, accepted))
        for action in customer.actions:
            told = action.status == "ready" or (action.status == "blocked" and action.ticket is None)
            case = case._replace(kind=action.action, said=frozenset(said[action.address]), told=told)
            yield from ((action.address, check) for check in check_action(case, action, customer))


def _head(sheet: Sheet, law: Law) -> Iterator[Check]:
    plan = sheet.plan
    for name, value in digests(sheet.document).items():
        yield "verify.digest", name, sheet.document.get(name), value
    yield "verify.layout", "the file as plan writes it", sheet.as_written, True
    must = (law.book["metadata"]["id"], law.digest)
    yield "verify.rulebook", "rulebook", (plan.rulebook.id, plan.rulebook.digest), must
    for note in plan.findings:
        text = "\0".join((note.code, note.address or "", note.message))
        yield "verify.identity", f"fingerprint of {note.code}", note.fingerprint, sha256(text.encode()).hexdigest()[:16]
    denied = {(note.address, note.code) for note in plan.findings if note.severity == "deny"}
    blocked = {(item.address, code) for item in plan.actions() for code in item.blocked_by}
    ready = {item.address for item in plan.actions() if item.status == "ready"}
    yield "verify.finding", "what blocks and is told by no finding", sorted(blocked - denied), []
    yield "verify.forbidden", "what is ready and denied", [item for item in denied - blocked if item[0] in ready], []


def _sums(plan: Plan) -> Iterator[Check]:
    """Count the actions, and add up what is ready."""
    ready = [item for item in plan.actions() if item.status == "ready"]
    counts = Counter("update" if item.action in UPDATES else item.action for item in ready)
    counts.update(str(item.status) for item in plan.actions() if item.status != "ready")
    counts["unmanaged"] = len(plan.unmanaged)
    for name in _COUNTS:
        yield "verify.total", f"summary.{name}", getattr(plan.summary, name), counts[name]
    sums: dict[str, dict[str, Fraction]] = {}
    for found in (amounts(item.money) for item in ready if item.money):
        row = sums.setdefault(found["credit"][1], dict.fromkeys(_SUMS, Fraction(0)))
        for name in row.keys() & found.keys():
            row[name] += found[name][0]
    yield "verify.total", "currencies of totals", [row.currency for row in plan.summary.totals], sorted(sums)
    for total in plan.summary.totals:
        for name, value in sums.get(total.currency, {}).items():
            yield "verify.total", f"{name} of totals in {total.currency}", getattr(total, name), value
    names = {None, *(customer.name for customer in plan.customers)}
    refused = any(
        (note.code.startswith("limit.") and note.address in names)
        or (note.code.startswith("policy.") and note.severity == "deny" and note.address is None)
        for note in plan.findings
    )
    yield "verify.total", "applyable", plan.applyable, bool(ready) and not refused
    yield "verify.total", "complete", plan.complete, all(item.complete for item in plan.customers)
    yield "verify.total", "a lifetime", plan.created_at < plan.expires_at, True


def _once(plan: Plan) -> Iterator[Check]:
    """Refuse two actions for one thing, actions out of order, and actions on what is not to be touched."""
    done: Counter[tuple[str, str]] = Counter()
    untouched = {item.reservation_id for item in plan.unmanaged}
    for customer in plan.customers:
        done["the customer", customer.name] += 1
        done["the tenant", customer.tenant_id] += 1
        order = [
            ([*GIVING].index(item.action) + 1 if item.action in GIVING else 0, item.address)
            for item in customer.actions
        ]
        yield "verify.identity", f"order of actions of {customer.name}", order, sorted(order)
        strange = [item.address for item in customer.actions if not item.address.startswith(f"{customer.name}/")]
        yield "verify.identity", f"addresses that are not of {customer.name}", strange, []
        yield (
            "verify.forbidden",
            f"actions of {customer.name}, not read whole",
            bool(customer.actions) and not customer.complete,
            False,
        )
        for action in customer.actions:
            held = [action.reservation, *(item.reservation for item in action.returns or ())]
            for identity in {item.reservation_id for item in held if item}:
                yield "verify.forbidden", f"an action on {identity}, unmanaged", identity in untouched, False
                kind = "giving back" if action.action in GIVING else action.action
                done[kind, identity] += action.status == "ready"
    for (kind, identity), count in done.items():
        yield "verify.twice", f"times of {kind} {identity}", count, min(count, 1)

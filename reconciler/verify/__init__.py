"""An independent check of a plan file: by its bytes and a rulebook, with nothing else asked or known.

It shares no arithmetic, no rule and no digest with what makes plans; only the shapes
of a plan file are common. It cannot know what the file does not hold: whether the
figures in ``basis`` are Azure's, and whether the files ask for what is planned.
``apply`` looks at both again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Any, NamedTuple

from reconciler.verify.actions import GIVING, UPDATES, check_action
from reconciler.verify.caps import check_cap
from reconciler.verify.days import check_deadline
from reconciler.verify.file import Sheet, digest, digests, read
from reconciler.verify.law import Law
from reconciler.verify.values import Check, Node, compared, shown

__all__ = ["Flaw", "Law", "Sheet", "Verdict", "read", "verify"]
_SUMS = ("credit", "fee", "refund", "netPayable", "cashNow")


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
    checks, flaws = list(_checks(sheet, law)), []
    for address, (code, name, got, must) in checks:
        if got != must:
            flaws.append(Flaw(code, address, f"{name} is {shown(got)}, and must be {shown(must)}"))
    return Verdict(len(checks), flaws)


def _checks(sheet: Sheet, law: Law) -> Iterator[tuple[str, Check]]:
    plan, said, held = sheet.plan, defaultdict(set), dict[str, Node]()
    for note in plan.findings:
        said[note.address].add(note.code)
    actions = [action for customer in plan.customers for action in customer.actions]
    for action in actions:
        _prepare(action, plan.at.date(), said[action.address], held)
    whole = (_head(sheet, law), _findings(plan, actions), _totals(plan, actions), _once(plan, actions))
    yield from (("", check) for checks in whole for check in checks)
    for customer in plan.customers:
        accepted = any(item.name == "cap.unknown" for item in plan.accepted)
        checks = check_cap(law, customer, plan.at.date(), said[customer.name], accepted)
        yield from ((customer.name, check) for check in checks)
        for action in customer.actions:
            yield from ((action.address, check) for check in check_action(law, action, customer.cap))
        for item in customer.deadlines:
            yield from ((item.address, check) for check in check_deadline(item, customer))


def _prepare(action: Node, today: date, said: set[str], held: dict[str, Node]) -> None:
    """Note with an action the codes of the findings at its address, its day, and each reservation that it is about.

    *told* means that whatever was taken for granted must have a finding; *agrees*, that a
    quote must be what our own rules expect. What is told of a reservation (*held*) is told
    by all its actions alike.
    """
    told = action.status == "ready" or (action.status == "blocked" and action.ticket is None)
    parts = [part for part in (action, *(action.returns or ())) if part.reservation]
    # What waits on support shows the figures of the day on which it was filed.
    action.update(today=today, day=action.filedOn or today, said=said, told=told, parts=parts)
    action.update(agrees=told and "quote.differs" not in said, ids={part.reservation.reservationId for part in parts})
    for part in (part for part in parts if part.held):
        part["alike"] = held.setdefault(part.reservation.reservationId, part.held)


def _head(sheet: Sheet, law: Law) -> Iterator[Check]:
    yield from compared(sheet.document, digests(sheet.document), "verify.digest")
    whole = sorted((item.tenantId, item.current) for item in sheet.plan.customers if item.complete)
    must = digest([current for _, current in whole])
    yield "verify.digest", "inputs.current", sheet.plan.inputs.current, must
    yield "verify.layout", "the file as plan writes it", sheet.as_written, True
    book = (law.book["metadata"]["id"], law.digest)
    yield "verify.rulebook", "rulebook", tuple(sheet.plan.rulebook.values()), book
    yield "verify.total", "a lifetime", sheet.plan.createdAt < sheet.plan.expiresAt, True


def _findings(plan: Node, actions: list[Node]) -> Iterator[Check]:
    """Hold what is told against what is done."""
    for note in plan.findings:
        text = "\0".join((note.code, note.address or "", note.message))
        must = sha256(text.encode()).hexdigest()[:16]
        yield "verify.identity", f"fingerprint of {note.code}", note.fingerprint, must
    denied = {(note.address, note.code) for note in plan.findings if note.severity == "deny"}
    blocked = {(item.address, code) for item in actions for code in item.blockedBy}
    ready = {item.address for item in actions if item.status == "ready"}
    yield "verify.finding", "what blocks and is told by no finding", sorted(blocked - denied), []
    yield "verify.forbidden", "what is ready and denied", [item for item in denied - blocked if item[0] in ready], []
    names = {None, *(customer.name for customer in plan.customers)}
    limited = any(note.code.startswith("limit.") and note.address in names for note in plan.findings)
    refused = any(code.startswith("policy.") and address is None for address, code in denied)
    yield "verify.total", "applyable", plan.applyable, bool(ready) and not limited and not refused
    yield "verify.total", "complete", plan.complete, all(customer.complete for customer in plan.customers)


def _totals(plan: Node, actions: list[Node]) -> Iterator[Check]:
    """Count the actions, and add up what is ready."""
    counts, sums = Counter(unmanaged=len(plan.unmanaged)), dict[str, dict[str, Fraction]]()
    for action in actions:
        kind = "update" if action.action in UPDATES else action.action
        counts[kind if action.status == "ready" else action.status] += 1
        if action.status == "ready" and action.money:
            row = sums.setdefault(action.money.credit.currency, dict.fromkeys(_SUMS, Fraction(0)))
            row |= {name: row[name] + action.money[name].amount for name in _SUMS if action.money[name]}
    must: dict[str, Any] = {name: counts[name] for name in plan.summary.keys() - {"unchanged", "totals"}}
    must["totals"] = [{"currency": currency, **sums[currency]} for currency in sorted(sums)]
    yield from compared(plan.summary, must, "verify.total", "summary")


def _once(plan: Node, actions: list[Node]) -> Iterator[Check]:
    """Refuse two actions for one thing, actions out of order, and actions on what is not to be touched."""
    done = [f"the customer {item.name}" for item in plan.customers]
    done += [f"the tenant {item.tenantId}" for item in plan.customers]
    for action in (item for item in actions if item.status == "ready"):
        kind = "giving back" if action.action in GIVING else action.action
        done += [f"{kind} {identity}" for identity in action.ids]
    yield from (("verify.twice", f"times of {what}", count, 1) for what, count in Counter(done).items())
    untouched = {item.reservationId for item in plan.unmanaged}
    touched = [item.address for item in actions if item.ids & untouched]
    yield "verify.forbidden", "actions on what is unmanaged", touched, []
    for customer in plan.customers:
        order = [(GIVING.get(item.action, 0), item.address) for item in customer.actions]
        yield "verify.identity", f"order of actions of {customer.name}", order, sorted(order)
        strange = [address for _, address in order if not address.startswith(f"{customer.name}/")]
        yield "verify.identity", f"addresses that are not of {customer.name}", strange, []
        unread = bool(order) and not customer.complete
        yield "verify.forbidden", f"actions of {customer.name}, not read whole", unread, False

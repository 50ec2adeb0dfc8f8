"""The money of a return, and of an exchange: tables of what must stand in a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from reconciler.verify.law import Law, due, given_back, worth
from reconciler.verify.values import Amount, Check, Node, compared

FIGURE, _STEADY = "verify.figure", "verify.instalment"
_MONTHS = {"P1Y": 12, "P3Y": 36, "P5Y": 60}


def check_return(law: Law, action: Node, figures: Node) -> list[Check]:
    """Compare the figures of a return with what its basis gives.

    Which payments were taken for granted is not in the plan: of all readings the one
    that fits best speaks, where a finding says that there is a choice.
    """
    basis = figures.basis or Node(instalments=[])
    if not basis.instalments or basis.originalQuantity < 1 or not all(item.billing for item in basis.instalments):
        return [(FIGURE, "basis", None, "an order with its payments")]
    free = "instalments.assumed-paid" in action.said or not action.told
    choices = range(len(due(basis, action.day)), -1, -1) if free else (0,)
    readings = [list(_return(law, action, figures, assumed)) for assumed in choices]
    return [*_steady(basis), *min(readings, key=lambda checks: sum(got != must for _, _, got, must in checks))]


def _steady(basis: Node) -> Iterator[Check]:
    """Compare the payments of one order with each other: those of one month are as those of another."""
    paid = [item.status == "Succeeded" for item in basis.instalments]
    yield _STEADY, "paid one after another", paid, sorted(paid, reverse=True)
    pricing, billing = ([item[side] for item in basis.instalments] for side in ("pricing", "billing"))
    units = [sorted({amount.currency for amount in side}) for side in (pricing, billing)]
    yield FIGURE, "currencies of the instalments", [len(unit) for unit in units], [1, 1]
    # What is billed in another currency than it is priced in has each month's own rate of exchange.
    for side, slack in [(pricing + billing, 100)] if units[0] == units[1] else [(pricing, 100), (billing, 2)]:
        usual = Counter(amount.amount for amount in side).most_common(1)[0][0]
        yield _STEADY, "an instalment", [item for item in side if abs(item.amount - usual) * slack > abs(usual)], []


def _return(law: Law, action: Node, figures: Node, assumed: int) -> Iterator[Check]:
    basis, day, used, exchanged = figures.basis, action.day, figures.used, action.action == "exchange"
    age, left, term = day - basis.purchasedOn, basis.expiresOn - day, basis.expiresOn - basis.startsOn
    row = law.row(age.days, used) | ({"feeRate": "0"} if exchanged else {})
    if used is None and "used" in row and action.told:
        yield "verify.finding", "a finding usage.unknown", "usage.unknown" in action.said, True
    bill, price = (worth(basis, side, (figures.quantity, day), row, assumed) for side in ("billing", "pricing"))
    own = _common(law, figures.quantity, price.credit) | bill | {"used": used, "feeRate": Fraction(row["feeRate"])}
    own |= {"daysSincePurchase": age.days, "remainingDays": max(left.days, 0), "termDays": term.days}
    if not exchanged:
        own["capUse"] = {"refund": price.refund, "commitment": price.canceledCommitment}
    yield from compared(figures.estimate or figures, own, FIGURE)
    if figures.estimate:
        quoted = {} if action.agrees and not exchanged else _quoted(figures, price)
        quoted |= {"source": "quote"} | ({name: own[name] for name in ("feeRate", "capUse")} if exchanged else {})
        yield from compared(figures, own | quoted, FIGURE)


def _common(law: Law, quantity: int, price: Amount) -> dict[str, Any]:
    """Return what all figures have, nothing for what only some have, and no use of the cap."""
    absent = dict.fromkeys(("used", "daysSincePurchase", "remainingDays", "termDays", "purchase", "netPayable"))
    known = {"source": "estimate", "quantity": quantity, "feeBase": law.book["returns"]["feeBase"]}
    return {**absent, **known, "feeRate": Fraction(0), "capUse": dict.fromkeys(("refund", "commitment"), price - price)}


def _quoted(quote: Node, price: Node) -> dict[str, Any]:
    """Return what a quote of other figures than ours must be, to agree with itself."""
    credit, taken, dropped = quote.credit, quote.capUse.refund, quote.canceledCommitment - quote.credit
    later = dropped if taken.currency == credit.currency else price.canceledCommitment - price.credit
    use = {"commitment": (price.credit if quote.feeRate else taken) + later}
    return given_back(credit, credit.times(quote.feeRate), dropped) | {"feeRate": quote.feeRate, "capUse": use}


def check_sums(law: Law, action: Node) -> Iterator[Check]:
    """Compare the figures of an exchange with those of its parts."""
    figures, returns, own = action.money, [item.money for item in action.returns], action.money.estimate or action.money
    common = _common(law, sum(item.quantity for item in returns), returns[0].capUse.refund)
    must = common | _summed([item.estimate or item for item in returns], action.purchases or [])
    yield from compared(own, must, FIGURE)
    if figures.estimate:
        must |= {**_summed(returns, action.purchases or []), "source": "quote", "netPayable": figures.netPayable}
        agreed = ("credit", "canceledCommitment", "netPayable") if action.agrees else ()
        yield from compared(figures, must | {name: own[name] for name in agreed}, FIGURE)


def _summed(returns: Sequence[Node], bought: Sequence[Node]) -> dict[str, Any]:
    zero, priced = returns[0].credit - returns[0].credit, [item for item in bought if item.price]
    credit, canceled = (sum((item[name] for item in returns), zero) for name in ("credit", "canceledCommitment"))
    price = sum((item.price for item in priced), zero)
    payments = [1 if item.billingPlan == "Upfront" else _MONTHS.get(item.term, 1) for item in priced]
    first = sum((item.price.times(Fraction(1, count)) for item, count in zip(priced, payments, strict=True)), zero)
    more = {"cashNow": first - credit, "purchase": price, "netPayable": price - canceled}
    return given_back(credit, zero, canceled - credit) | more

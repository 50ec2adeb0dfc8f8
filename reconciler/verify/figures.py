"""The money of a return, and of an exchange, worked out again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from operator import attrgetter
from typing import Any, NamedTuple

from reconciler.model.plan import Basis, Figures, PricedPurchase
from reconciler.verify.law import Law, Worth, basis_of, due, rounded, total, worth

# The code of a finding, what is compared, what stands in the plan, and what must stand there.
Check = tuple[str, str, Any, Any]
Amounts = Mapping[str, tuple[Fraction, str] | None]
FIGURE, FEE, SAID, STEADY = "verify.figure", "verify.fee", "verify.finding", "verify.instalment"
_NAMES = ("credit", "fee", "refund", "canceled_commitment", "cash_now", "purchase", "net_payable")
_CAP = ("cap_use.refund", "cap_use.commitment")
_MONTHS = {"P1Y": 12, "P3Y": 36, "P5Y": 60}


class Case(NamedTuple):
    """What is looked at: *said* are the codes of the findings at its address.

    *told* means that whatever was taken for granted must have such a finding.
    """

    kind: str
    day: date
    law: Law
    said: frozenset[str]
    told: bool

    @property
    def must_agree(self) -> bool:
        """Say whether a quote must be what our own rules expect."""
        return self.told and "quote.differs" not in self.said


def amounts(figures: Any) -> dict[str, tuple[Fraction, str]]:
    """Return every amount that figures have, exactly, by its name."""
    found = {name: attrgetter(name)(figures) for name in (*_NAMES, *_CAP)}
    return {name: (Fraction(money.amount), money.currency) for name, money in found.items() if money}


def compared(code: str, got: Amounts, must: Amounts) -> Iterator[Check]:
    """Compare the amounts that must be there."""
    return ((code, name, got.get(name), value) for name, value in must.items())


def check_return(case: Case, figures: Figures) -> list[Check]:
    """Compare the figures of a return with what its basis gives.

    Which payments were taken for granted is not in the plan: of all readings the one
    that fits best speaks, where a finding says that there is a choice.
    """
    basis = basis_of(figures)
    if basis is None:
        return [(FIGURE, "basis", None, "an order with its payments")]
    free = "instalments.assumed-paid" in case.said or not case.told
    choices = range(len(due(basis, case.day)), -1, -1) if free else (0,)
    readings = [list(_return(case, figures, basis, assumed)) for assumed in choices]
    return [*_steady(basis), *min(readings, key=lambda checks: sum(got != must for _, _, got, must in checks))]


def _steady(basis: Basis) -> Iterator[Check]:
    """Compare the payments of one order with each other: those of one month are as those of another."""
    sides = (
        {item.billing and item.billing.currency for item in basis.instalments},
        {item.pricing.currency for item in basis.instalments},
    )
    yield FIGURE, "currencies of the instalments", [len(side) for side in sides], [1, 1]
    paid = [item.status == "Succeeded" for item in basis.instalments]
    yield STEADY, "paid one after another", paid, sorted(paid, reverse=True)
    amounts = [item.pricing.amount for item in basis.instalments]
    amounts += [item.billing.amount for item in basis.instalments if item.billing] if sides[0] == sides[1] else []
    usual = Counter(amounts).most_common(1)[0][0]
    yield STEADY, "an instalment", [amount for amount in amounts if abs(amount - usual) > abs(usual) / 100], []


def _return(case: Case, figures: Figures, basis: Basis, assumed: int) -> Iterator[Check]:
    age, own, part = (case.day - basis.purchased_on).days, figures.estimate or figures, (figures.quantity, case.day)
    left, term = max((basis.expires_on - case.day).days, 0), (basis.expires_on - basis.starts_on).days
    yield from _common(case, figures, (age, left, term, figures.used, figures.quantity))
    row, exchanged = case.law.row(age, figures.used), case.kind == "exchange"
    if figures.used is None and "used" in row and case.told:
        yield SAID, "a finding usage.unknown", "usage.unknown" in case.said, True
    row |= {"feeRate": "0"} if exchanged else {}
    yield FEE, f"fee_rate {age} days after the purchase", own.fee_rate, Fraction(row["feeRate"])
    billing, pricing = (worth(basis, side, part, row, assumed) for side in ("billing", "pricing"))
    taken = (
        (Fraction(0), Fraction(0)) if exchanged else (pricing.credit - pricing.fee, pricing.credit + pricing.dropped)
    )
    refund, first = billing.credit - billing.fee, basis.instalments[0]
    values = (billing.credit, billing.fee, refund, billing.credit + billing.dropped, -refund)
    must: dict[str, Any] = {
        name: (value, attrgetter("billing.currency")(first)) for name, value in zip(_NAMES, values, strict=False)
    }
    must |= {name: (value, first.pricing.currency) for name, value in zip(_CAP, taken, strict=True)}
    yield from compared(FIGURE, amounts(own), must | dict.fromkeys(("purchase", "net_payable")))
    if figures.estimate:
        agreed = exchanged or case.must_agree
        yield FEE, "fee_rate of the quote", figures.fee_rate, own.fee_rate if agreed else figures.fee_rate
        yield from compared(FIGURE, amounts(figures), _quoted(case, figures, pricing))


def _common(case: Case, figures: Figures, must: tuple[Any, ...]) -> Iterator[Check]:
    names = ("days_since_purchase", "remaining_days", "term_days", "used", "quantity")
    for item in (figures, figures.estimate or figures):
        yield from ((FIGURE, name, getattr(item, name), value) for name, value in zip(names, must, strict=True))
        yield FIGURE, "fee_base", item.fee_base, case.law.book["returns"]["feeBase"]
    yield FIGURE, "source", figures.source, "quote" if figures.estimate else "estimate"


def _quoted(case: Case, quote: Figures, pricing: Worth) -> Amounts:
    """Return what a quote must be: the estimate, or one with itself where a finding says that they differ."""
    got, own, rate = amounts(quote), amounts(quote.estimate), Fraction(quote.fee_rate)
    if case.kind == "cancel" and case.must_agree:
        return own
    credit, currency = got["credit"]
    fee = rounded(rate * credit, currency)
    must = {"fee": (fee, currency), "refund": (credit - fee, currency), "cash_now": (fee - credit, currency)}
    if case.kind == "exchange":
        return must | {name: own[name] for name in ("fee", *_CAP)}
    taken, unit = got["cap_use.refund"]
    dropped = got["canceled_commitment"][0] - credit if unit == currency else pricing.dropped
    return must | {"cap_use.commitment": ((pricing.credit if rate else taken) + dropped, unit)}


def check_sums(
    case: Case, money: Figures, returns: Sequence[Figures], bought: Sequence[PricedPurchase]
) -> Iterator[Check]:
    """Compare the figures of an exchange with those of its parts."""
    own = money.estimate or money
    yield from _common(case, money, (None, None, None, None, sum(item.quantity for item in returns)))
    yield FEE, "fee_rate of an exchange", (own.fee_rate, money.fee_rate), (0, 0)
    yield from compared(FIGURE, amounts(own), _summed([item.estimate or item for item in returns], bought))
    if money.estimate:
        must = _summed(returns, bought) | {"net_payable": amounts(money).get("net_payable")}  # the service's own
        agreed = ("credit", "canceled_commitment", "net_payable") if case.must_agree else ()
        yield from compared(FIGURE, amounts(money), must | {name: amounts(own).get(name) for name in agreed})


def _summed(returns: Sequence[Figures], bought: Sequence[PricedPurchase]) -> dict[str, Any]:
    parts = [amounts(item) for item in returns]
    credit, canceled = (total(item[name][0] for item in parts) for name in ("credit", "canceled_commitment"))
    prices = [(item, Fraction(item.price.amount)) for item in bought if item.price]
    price, currency = total(amount for _, amount in prices), parts[0]["credit"][1]
    months = ((amount, 1 if item.billing_plan == "Upfront" else _MONTHS.get(item.term, 1)) for item, amount in prices)
    cash = total(rounded(amount / count, currency) for amount, count in months) - credit
    values = (credit, Fraction(0), credit, canceled, cash, price, price - canceled)
    must = {name: (value, currency) for name, value in zip(_NAMES, values, strict=True)}
    return must | dict.fromkeys(_CAP, (Fraction(0), parts[0]["cap_use.refund"][1]))

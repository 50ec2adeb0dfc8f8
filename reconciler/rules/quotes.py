"""R-QUOTE: the service's own figures beside ours. The quote decides."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from reconciler.model.cap import CapUse
from reconciler.model.inputs import ExchangeQuote, NoQuote, Quote, RefundQuote, Refusal
from reconciler.model.money import Money
from reconciler.model.plan import Figures
from reconciler.rules.returns import ZERO_RATE, Returned, dropped_payments, measure_return
from reconciler.rules.rulebook import Rulebook

OTHER_CURRENCY = "quote.currency"


def comparable(quote: Quote, figures: Sequence[Figures]) -> Quote:
    """Return *quote*, or that there is none where it is in other currencies than *figures*.

    No rate of ours turns one currency into another.
    """
    billing = {item.refund.currency for item in figures}
    pricing = {item.cap_use.refund.currency for item in figures}
    others = sorted((_billed(quote) - billing) | (_priced(quote) - pricing))
    if not others or not figures:
        return quote
    text = f"Microsoft quotes in {', '.join(others)}, and our figures are in {', '.join(sorted(billing | pricing))}"
    return NoQuote(refusals=(Refusal(OTHER_CURRENCY, text),))


def _billed(quote: Quote) -> set[str]:
    match quote:
        case RefundQuote():
            return {quote.refund.currency, quote.dropped.currency}
        case ExchangeQuote():
            amounts = (*quote.credits, *quote.dropped, *quote.prices, quote.net_payable)
            return {amount.currency for amount in amounts}
    return set()


def _priced(quote: Quote) -> set[str]:
    return {quote.pricing_refund.currency} if isinstance(quote, RefundQuote) else set()


def quoted_return(
    estimate: Figures, quote: RefundQuote, returned: Returned, alternatives: Sequence[Rulebook]
) -> tuple[Figures, Rulebook | None]:
    """Return *quote* as figures, and the other rulebook that would have given them, if any.

    A quote has no fee field: where its refund is that of a rulebook, that rulebook's
    credit and fee explain it; where it is of none, the refund is taken as the credit.
    """
    if _agrees(estimate, quote):
        return _beside(_dropping(estimate, quote, returned), estimate), None
    for rulebook in alternatives:
        figures = measure_return(returned, rulebook)
        if _agrees(figures, quote):
            return _beside(_dropping(figures, quote, returned), estimate), rulebook
    figures = msgspec.structs.replace(
        estimate,
        credit=quote.refund,
        fee_rate=ZERO_RATE,
        fee=Money.zero(quote.refund.currency),
        refund=quote.refund,
        cap_use=CapUse(
            refund=quote.pricing_refund, commitment=quote.pricing_refund + dropped_payments(returned).commitment
        ),
        cash_now=-quote.refund,
    )
    return _beside(_dropping(figures, quote, returned), estimate), None


def _dropping(figures: Figures, quote: RefundQuote, returned: Returned) -> Figures:
    """Return *figures* with the future payments that the service says are dropped.

    It tells them in the billing currency alone: where the cap is counted in another,
    ours are kept there.
    """
    ours, use = dropped_payments(returned), figures.cap_use
    if quote.dropped.currency == use.commitment.currency:
        commitment = use.commitment - ours.commitment + quote.dropped
        use = CapUse(refund=use.refund, commitment=commitment)
    return msgspec.structs.replace(figures, canceled_commitment=figures.credit + quote.dropped, cap_use=use)


def quoted_exchanged(estimates: Sequence[Figures], quote: ExchangeQuote) -> list[Figures]:
    """Return the figures of an exchange's returns as the service quoted them."""
    return [
        _beside(
            msgspec.structs.replace(
                estimate,
                credit=credit,
                refund=credit,
                canceled_commitment=credit + dropped,
                cash_now=-credit,
            ),
            estimate,
        )
        for estimate, credit, dropped in zip(estimates, quote.credits, quote.dropped, strict=True)
    ]


def differs(figures: Figures) -> bool:
    """Say whether a quote is not what our own rules expected."""
    estimate = figures.estimate
    return estimate is not None and (
        (figures.refund, figures.canceled_commitment, figures.cap_use)
        != (estimate.refund, estimate.canceled_commitment, estimate.cap_use)
    )


def _agrees(figures: Figures, quote: RefundQuote) -> bool:
    return figures.refund == quote.refund and figures.cap_use.refund == quote.pricing_refund


def _beside(figures: Figures, estimate: Figures) -> Figures:
    # The basis of both is the same, and long: it is written once.
    beside = msgspec.structs.replace(estimate, basis=None)
    return msgspec.structs.replace(figures, source="quote", estimate=beside)

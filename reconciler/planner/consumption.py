"""What of a customer's cap is consumed, and who says so."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from reconciler.actions.kind import View
from reconciler.errors import CurrencyMismatch
from reconciler.model.cap import CapUse
from reconciler.model.current import Refund
from reconciler.model.finding import Finding, Severity, finding
from reconciler.model.inputs import RefundQuote
from reconciler.model.money import Money
from reconciler.rules.cap import consumed, counting, gating


class Consumption(msgspec.Struct, frozen=True, kw_only=True):
    """The entries that count, the limit in force, and whether anything tells what is consumed."""

    entries: tuple[Refund, ...]
    limit: Money
    known: bool
    source: str
    use: CapUse
    findings: tuple[Finding, ...] = ()


def consumption(view: View) -> Consumption:
    """Return what counts against the cap on the plan's day.

    An estate file's refunds are a known source; a live customer's are the ledger's,
    raised to what the service reports inside a quote by an entry that nobody can date.
    """
    cap = view.rulebook.cap
    quotes = [quote for quote in view.quotes.values() if isinstance(quote, RefundQuote)]
    entries = list(view.memory.refunds if view.held.refunds is None else view.held.refunds)
    _require_currency(view, entries)
    known_estate = view.held.refunds is not None and view.held.complete
    source = "estate" if known_estate else "ledger"
    findings: list[Finding] = []
    seen = [entry for entry in entries if not view.held.is_to_come(entry.source, entry.reservation_id)]
    own = gating(consumed(seen, cap, view.at), cap)
    told = [quote.consumed for quote in quotes if quote.consumed and quote.consumed.currency == cap.limit.currency]
    reported = max(told, key=lambda item: item.amount, default=None)
    if reported is not None and reported > own:
        missing = reported - own
        entries.append(Refund(on=None, reservation_id=None, refund=missing, commitment=missing, source="service"))
        findings.append(_difference(view, reported, own, missing))
        source = "service"
    elif reported is not None:
        source = source if entries else "service"
        findings += _lower(view, reported, entries)
    limit, lowered = _limit(view, quotes)
    return Consumption(
        entries=tuple(counting(entries, cap, view.at)),
        limit=limit,
        known=known_estate or reported is not None or bool(entries),
        source=source,
        use=consumed(entries, cap, view.at),
        findings=(*findings, *lowered),
    )


def _require_currency(view: View, entries: Iterable[Refund]) -> None:
    currency = view.rulebook.cap.limit.currency
    for entry in entries:
        for amount in (entry.refund, entry.commitment):
            if amount.currency != currency:
                when = f"of {entry.on}" if entry.on else "without a date"
                text = f"a past refund {when} is {amount}, and the cap is counted in {currency}"
                raise CurrencyMismatch(f"{view.customer.name}: {text}")


def _difference(view: View, reported: Money, own: Money, missing: Money) -> Finding:
    name = view.customer.name
    text = (
        f"Microsoft reports {reported} consumed of the cap of {name}, the ledger knows {own}; "
        f"{missing} counts as an entry that nobody can date"
    )
    return finding("cap.service-differs", Severity.WARNING, text, name, view.customer.location)


def _lower(view: View, reported: Money, entries: Iterable[Refund]) -> list[Finding]:
    """Name what the ledger has confirmed and the service does not count, on whichever basis the service counts."""
    confirmed = consumed([entry for entry in entries if entry.source == "ledger"], view.rulebook.cap, view.at)
    least = min(confirmed.refund, confirmed.commitment)
    if reported >= least:
        return []
    name = view.customer.name
    text = (
        f"the ledger knows {least} refunded that counts against the cap of {name}, and Microsoft reports {reported}; "
        "the larger counts"
    )
    return [finding("cap.service-lower", Severity.INFO, text, name, view.customer.location)]


def _limit(view: View, quotes: Iterable[RefundQuote]) -> tuple[Money, list[Finding]]:
    """Return the smaller of the rulebook's limit and the service's."""
    limit = view.rulebook.cap.limit
    for quote in quotes:
        if quote.limit is not None and quote.limit.currency == limit.currency and quote.limit < limit:
            limit = quote.limit
    if limit == view.rulebook.cap.limit:
        return limit, []
    text = f"Microsoft's limit for {view.customer.name} is {limit}, lower than the rulebook's {view.rulebook.cap.limit}"
    return limit, [finding("cap.limit-differs", Severity.WARNING, text, view.customer.name, view.customer.location)]

"""Give reservations back against new ones: one or many into one or many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from reconciler.actions.channels import asked_before, barred, channel_of, heeded, is_enabled, refused
from reconciler.actions.giving import (
    deferred,
    floor_problem,
    forbidden,
    is_deferred,
    noted,
    taken_for_granted,
    used_up,
)
from reconciler.actions.kind import Block, Kind, Pair, Proposal, QuoteKey, View, draft, request_digest
from reconciler.model import desired
from reconciler.model.current import EXCHANGEABLE
from reconciler.model.finding import Severity
from reconciler.model.inputs import ExchangeQuote, Refusal
from reconciler.model.money import Money
from reconciler.model.plan import Action, Figures, Floors, PricedPurchase, Return
from reconciler.rules.exchange import bars_exchange, floor, foreign_families, measure_exchange
from reconciler.rules.quotes import quoted_exchanged
from reconciler.rules.returns import Returned, measure_exchanged

# What a quote and our own figures are compared by.
COMPARED = ("credit", "canceled_commitment", "net_payable")


def quote_key(action: Action) -> QuoteKey:
    """Return the name under which a quote for this exchange is kept."""
    return ("exchange", action.id)


def address_of(customer: str, wanted: desired.Reservation) -> str:
    """Return the address of the exchange that *wanted* takes part in: a group's own, or its reservation's."""
    group = wanted.exchange.group if wanted.exchange else None
    return f"{customer}/exchanges/{group}" if group else wanted.address


def _propose(view: View) -> Iterator[Proposal]:
    exchanges: dict[str, list[Pair]] = {}
    for pair in view.pairs:
        if pair.wanted.exchange is not None and pair.surplus > 0:
            exchanges.setdefault(address_of(view.customer.name, pair.wanted), []).append(pair)
    for address, pairs in exchanges.items():
        yield _proposal(view, address, tuple(pairs))


def _proposal(view: View, address: str, pairs: tuple[Pair, ...]) -> Proposal:
    block = pairs[0].wanted.exchange
    assert block is not None
    alone = block.group is None
    changes = tuple(item for pair in pairs for item in pair.changes if item.path == "/quantity")
    base = draft("exchange", address, pairs[0].target if alone else None, changes, pairs[0].wanted.location)
    action = msgspec.structs.replace(
        base,
        reason=block.reason,
        not_before=block.not_before,
        floors=Floors(max_net_payable=block.max_net_payable) if block.max_net_payable else None,
        because=(view.rulebook.exchange,),
        request=request_digest(block),
    )
    proposal = Proposal(action=action, pairs=pairs)
    returned = [view.returned(pair, pair.surplus) for pair in pairs]
    known = [item for item in returned if item is not None]
    if len(known) == len(pairs):
        proposal = _valued(view, proposal, block, known)
    asked = asked_before(view, proposal)
    if asked is not None:
        return asked
    if len(known) < len(pairs):
        text = "Azure gave no payments for an order in it, so the exchange cannot be worked out"
        return proposal.blocked(*_refusals(view, proposal, block), Block("money.unknown", text))
    for item in known:
        proposal = noted(proposal, taken_for_granted(item, view.rulebook))
    return _judged(view, proposal, block, [measure_exchanged(item, view.rulebook) for item in known])


def _valued(view: View, proposal: Proposal, block: desired.Exchange, returned: Sequence[Returned]) -> Proposal:
    """Return *proposal* with what it gives back and buys, each with its figures as far as they are known."""
    figures = [measure_exchanged(item, view.rulebook) for item in returned]
    quote = _quote(view, proposal, figures)
    if quote is not None:
        figures = quoted_exchanged(figures, quote)
    returns = tuple(
        Return(address=pair.wanted.address, reservation=pair.target, money=money)
        for pair, money in zip(proposal.pairs, figures, strict=True)
    )
    purchases = _priced(view, block, _currencies(figures), quote)
    action = msgspec.structs.replace(proposal.action, returns=returns, purchases=purchases)
    return msgspec.structs.replace(proposal, action=action)


def _judged(view: View, proposal: Proposal, block: desired.Exchange, estimates: Sequence[Figures]) -> Proposal:
    enabled = all(is_enabled(pair, EXCHANGEABLE) for pair in proposal.pairs)
    channel = channel_of(view, enabled, _service_refusals(view, proposal))
    action = msgspec.structs.replace(proposal.action, channel=channel)
    figures, purchases = [item.money for item in action.returns or ()], action.purchases or ()
    currencies = _currencies(figures)
    blocks = [*_refusals(view, proposal, block), *_unpriced(purchases, currencies)]
    proposal = msgspec.structs.replace(proposal, action=action)
    if len(currencies) == 1:
        problem = floor_problem(proposal, "maxNetPayable", block.max_net_payable, *currencies)
        proposal = msgspec.structs.replace(proposal, problems=(problem,) if problem else ())
    if blocks or proposal.problems:
        return proposal.blocked(*blocks)
    money = _summed(figures, purchases, _quote(view, proposal, figures), estimates)
    proposal = msgspec.structs.replace(proposal, action=msgspec.structs.replace(action, money=money))
    if is_deferred(action.not_before, view.at):
        return deferred(proposal)
    return _floored(view, proposal, block, money)


def _floored(view: View, proposal: Proposal, block: desired.Exchange, money: Figures) -> Proposal:
    ceiling = block.max_net_payable
    assert money.purchase is not None and money.net_payable is not None
    blocks = [refused(view, item) for item in heeded(view, _service_refusals(view, proposal))]
    lowest = floor([item.money for item in proposal.action.returns or ()])
    if money.purchase < lowest:
        text = (
            f"the purchases commit to {money.purchase}; what is given back commits to {lowest}, and no less is allowed"
        )
        blocks.append(Block("exchange.floor", text))
    if ceiling is not None and money.net_payable > ceiling:
        text = f"{money.net_payable} would be payable, more than maxNetPayable {ceiling}"
        blocks.append(Block("exchange.max-net-payable", text))
    return _compared(proposal, money).blocked(*blocks)


def _quote(view: View, proposal: Proposal, figures: Sequence[Figures]) -> ExchangeQuote | None:
    answer = view.comparable_quote(quote_key(proposal.action), figures)
    return answer if isinstance(answer, ExchangeQuote) else None


def _service_refusals(view: View, proposal: Proposal) -> tuple[Refusal, ...]:
    figures = [item.money for item in proposal.action.returns or ()]
    answer = view.comparable_quote(quote_key(proposal.action), figures)
    return answer.refusals if answer else ()


def _currencies(figures: Sequence[Figures]) -> set[str]:
    return {item.credit.currency for item in figures}


def _compared(proposal: Proposal, money: Figures) -> Proposal:
    """Return *proposal* with a finding where the service's figures are not ours."""
    estimate = money.estimate
    if estimate is None or all(getattr(money, name) == getattr(estimate, name) for name in COMPARED):
        return proposal
    text = (
        f"Microsoft quotes a credit of {money.credit} and {money.net_payable} payable, our rules expect "
        f"{estimate.credit} and {estimate.net_payable}. The quote decides"
    )
    return proposal.noting(Severity.WARNING, Block("quote.differs", text))


def _summed(
    figures: Sequence[Figures],
    purchases: Sequence[PricedPurchase],
    quote: ExchangeQuote | None,
    estimates: Sequence[Figures],
) -> Figures:
    money = measure_exchange(figures, purchases)
    if quote is None:
        return money
    return msgspec.structs.replace(
        money,
        source="quote",
        net_payable=quote.net_payable,
        estimate=measure_exchange(estimates, purchases),
    )


def _refusals(view: View, proposal: Proposal, block: desired.Exchange) -> list[Block]:
    blocks = used_up(view, proposal.action.address, block, proposal.pairs)
    absent = _absent(view, proposal)
    if absent:
        text = f"{' and '.join(absent)} cannot be given back with the others now, and a group is exchanged whole"
        blocks.append(Block("exchange.incomplete", text))
    for pair in proposal.pairs:
        name = pair.wanted.address
        blocks += [Block(item.code, f"{name}: {item.message}") for item in forbidden(view, pair)]
        products = bars_exchange(view.rulebook, pair.held.resource_type, pair.held.purchased_on)
        if products:
            text = f"{name}: {products.name} cannot be exchanged ({products.source})"
            blocks.append(Block("product.not-exchangeable", text))
        text = f"{name}: Azure's own call does not exchange it (no ApiExchangeEnabled)"
        blocks += barred(view, pair, EXCHANGEABLE, Block("exchange.not-enabled", text))
    for item in foreign_families(view.rulebook, [pair.held for pair in proposal.pairs], block.into):
        text = f"{item.name} ({item.reserved_resource_type}) is of another product family than what is given back"
        blocks.append(Block("exchange.family", text))
    return blocks


def _absent(view: View, proposal: Proposal) -> list[str]:
    """Return the addresses of those that belong to the exchange and are not in it."""
    given = {pair.wanted.address for pair in proposal.pairs}
    members = [item for item in view.customer.reservations if item.exchange and item.address not in given]
    return [item.address for item in members if address_of(view.customer.name, item) == proposal.action.address]


def _priced(
    view: View, block: desired.Exchange, currencies: set[str], quote: ExchangeQuote | None
) -> tuple[PricedPurchase, ...]:
    prices: Sequence[Money | None] = (
        quote.prices if quote else [_catalog_price(view, item, currencies) for item in block.into]
    )
    return tuple(
        PricedPurchase(**{name: getattr(item, name) for name in item.__struct_fields__}, price=price)
        for item, price in zip(block.into, prices, strict=True)
    )


def _catalog_price(view: View, purchase: desired.Purchase, currencies: set[str]) -> Money | None:
    """Return the list price of all units, where it is in the currency of the bill."""
    wanted = (purchase.reserved_resource_type, purchase.sku, purchase.location, purchase.term)
    named = [text.lower() for text in wanted]
    for item in view.held.catalog:
        offered = [text.lower() for text in (item.resource_type, item.sku, item.location, item.term)]
        if offered == named and {item.price.currency} == currencies:
            return Money(item.price.amount * purchase.quantity, item.price.currency)
    return None


def _unpriced(purchases: Sequence[PricedPurchase], currencies: set[str]) -> list[Block]:
    if len(currencies) > 1:
        text = f"its reservations are billed in {' and '.join(sorted(currencies))}; an exchange has one currency"
        return [Block("exchange.currency", text)]
    return [
        Block(
            "price.unknown",
            f"no price in {next(iter(currencies))} is known for {item.name} "
            f"({item.sku}, {item.location}, {item.term}); a live quote or a catalog entry gives one",
        )
        for item in purchases
        if item.price is None
    ]


ACTION = Kind(name="exchange", counted="exchange", rank=100, propose=_propose)

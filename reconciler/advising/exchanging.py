"""The route of exchanging all of a reservation into the cheapest basket of the catalog."""

from __future__ import annotations

from reconciler.advising.baskets import cheapest_basket
from reconciler.advising.trying import Subject, exchanged
from reconciler.model.advice import EXCHANGE, Basket, Offer, Route, Standing, Why
from reconciler.model.desired import Purchase
from reconciler.model.scope import Scope, ScopeType
from reconciler.rules.calendar import TERM_MONTHS
from reconciler.rules.returns import measure_return

# What refuses an exchange of which not all prices are known, and says nothing of the reservation.
_OF_PRICES = frozenset({"price.unknown", "exchange.floor"})


def exchange_route(subject: Subject, now: Standing) -> Route:
    """Return what exchanging a reservation comes to, as far as prices are known."""
    basket = _basket(subject, now)
    tried = exchanged(subject, tuple(_purchase(subject, item) for item in basket.offers) if basket else ())
    quantity, money = subject.reservation.quantity, tried.action.money if tried.action else None
    if basket is not None and money is not None and money.purchase is not None:
        return Route(
            route=EXCHANGE,
            allowed=tried.allowed,
            quantity=quantity,
            cash_now=money.cash_now,
            over_term=money.purchase - money.credit,
            cap_use=money.cap_use,
            basket=basket,
            because=tried.because,
        )
    refused = tried.action is None or not _OF_PRICES.issuperset(tried.action.blocked_by)
    others = tuple(item for item in tried.because if item.code not in _OF_PRICES)
    return Route(
        route=EXCHANGE,
        allowed=basket is not None and not refused,
        quantity=quantity,
        basket=basket,
        because=(*others, *_unpriced(subject, now, basket)),
    )


def _basket(subject: Subject, now: Standing) -> Basket | None:
    """Return the cheapest purchases of the reservation's own family that meet the floor.

    In the currency of the bill, or else in that of the list prices, by the order's own amounts in it.
    """
    whole = subject.returned(subject.reservation.quantity)
    if whole is None or now.commitment is None:
        return None
    family = subject.rulebook.family(subject.reservation.resource_type)
    # A catalog also lists terms that no file can ask for.
    listed = [item for item in subject.held.catalog if item.term in TERM_MONTHS]
    prices = [item for item in listed if subject.rulebook.family(item.resource_type) == family]
    # What a return commits to under the cap is the credit before any fee, and the payments that are dropped.
    for floor in (now.commitment, measure_return(whole, subject.rulebook).cap_use.commitment):
        basket = cheapest_basket([item for item in prices if item.price.currency == floor.currency], floor)
        if basket is not None:
            return basket
    return None


def _purchase(subject: Subject, offer: Offer) -> Purchase:
    return Purchase(
        name=f"{offer.sku}-{offer.location}-{offer.term}",
        reserved_resource_type=offer.reserved_resource_type,
        sku=offer.sku,
        location=offer.location,
        term=offer.term,
        billing_plan=subject.order.billing_plan,
        quantity=offer.quantity,
        billing_subscription="",
        scope=Scope(type=ScopeType.SHARED),
    )


def _unpriced(subject: Subject, now: Standing, basket: Basket | None) -> tuple[Why, ...]:
    """Return why no price is known; nothing where one is, or where the plan says already that no payments are."""
    if now.commitment is None:
        return ()
    if basket is None:
        kind = subject.reservation.resource_type
        text = f"no list price is known of anything that {kind} may be exchanged into"
        return (Why(code="price.unknown", text=text),)
    listed, billed = basket.price.currency, now.commitment.currency
    if listed == billed:
        return ()
    text = f"the list prices are in {listed}; what it costs in {billed} is for Microsoft's quote to say"
    return (Why(code="price.unknown", text=text),)

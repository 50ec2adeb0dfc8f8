"""Advice as a person reads it, and as a spreadsheet takes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from reconciler.model.advice import CANCEL, EXCHANGE, KEEP, PART, RESCOPE, Advice, Advised, Basket, Route
from reconciler.model.money import Money
from reconciler.reports.csv import Cell, separated
from reconciler.reports.page import Page
from reconciler.reports.report import Options
from reconciler.views.wording import counted

_NAMES = {KEEP: "keep", RESCOPE: "share", CANCEL: "cancel", PART: "cancel in part", EXCHANGE: "exchange"}
_CSV = (
    *("customer", "address", "displayName", "orderId", "reservationId", "sku", "location", "quantity", "expiresOn"),
    *("usedPercent", "usedOverDays", "commitment", "idle", "currency", "route", "allowed", "recommended"),
    *("routeQuantity", "cashNow", "overTerm", "capUseRefund", "capUseCommitment", "capCurrency", "because"),
)


def advice_text(advised: Advised, options: Options) -> str:
    """Return a paragraph for each reservation, and a line for each of its routes."""
    page = Page(options)
    for item in advised.reservations:
        page.blank()
        _one(page, item, verbose=options.verbose)
    if not advised.reservations:
        page.say("no active reservation")
    page.blank()
    page.say(
        f"All figures are estimates for {advised.at.date()} by rulebook {advised.rulebook}, each route alone; "
        "a plan asks Microsoft for quotes. Minus: money that comes back.",
        style="dim",
    )
    return str(page)


def _one(page: Page, item: Advice, *, verbose: bool) -> None:
    name = item.address or f"{item.customer}/{item.reservation_id} (unmanaged)"
    what = f"{item.quantity} x {item.sku} in {item.location}, {item.term} until {item.expires_on}"
    page.say(f'{name} "{item.display_name}": {what}', style="bold", hang=2)
    page.say(_standing(item), indent=2)
    for route in item.routes:
        _route(page, route, verbose=verbose)
    page.say(f"=> {_NAMES[item.recommended]}: {item.because}" if item.recommended else f"=> {item.because}", 2, hang=3)


def _standing(item: Advice) -> str:
    now = item.standing
    parts = [f"scope {item.scope}"]
    if now.commitment is not None:
        parts.append(f"{now.commitment} of it is left, {now.to_pay} of that still to pay")
    if now.used is not None:
        idle = f", {now.idle} of it idle" if now.idle is not None else ""
        parts.append(f"used {now.used} % over {counted(now.grain_days or 0, 'day')}{idle}")
    return "; ".join(parts)


def _route(page: Page, route: Route, *, verbose: bool) -> None:
    style = "" if route.allowed else "dim"
    page.say(f"{_NAMES[route.route]:<15} {_money(route)}", 4, style, hang=16)
    # Rules, unlike what refuses a route, are the same for every reservation.
    for why in (why for why in route.because if verbose or not why.source):
        source = f" ({why.source})" if why.source and verbose else ""
        page.say(f"{why.code}: {why.text}{source}", 20, style, hang=2)
    if route.basket is not None:
        page.say(_basket(route.basket), 20, style, hang=2)


def _money(route: Route) -> str:
    if route.cash_now is None or route.over_term is None:
        unknown = "at a price to be quoted" if route.route == EXCHANGE else "what it costs is not known"
        return f"possible, {unknown}" if route.allowed else "no"
    units = f"{counted(route.quantity, 'unit')}: " if route.route == PART else ""
    text = f"{units}{route.cash_now} now, {route.over_term} over the term"
    if route.cap_use is not None and route.cap_use.refund.amount:
        text += f"; takes {route.cap_use.refund} of the cap by refund, {route.cap_use.commitment} by commitment"
    return text if route.allowed else f"no; it would be {text}"


def _basket(basket: Basket) -> str:
    parts = (f"{item.quantity} x {item.sku} in {item.location} {item.term} {item.price}" for item in basket.offers)
    text = f"cheapest that commits to {basket.floor} or more: {', '.join(parts)}: {basket.price}"
    return text if basket.optimal else f"{text}; there may be a cheaper one, down to {basket.lower_bound}"


def advice_csv(advised: Advised) -> str:
    """Return a header and a row for each route of each reservation; what is not known is empty."""
    return separated(_CSV, (row for item in advised.reservations for row in _rows(item)))


def _rows(item: Advice) -> Iterator[Sequence[Cell]]:
    now = item.standing
    for route in item.routes:
        use = route.cap_use
        yield (
            *(item.customer, item.address, item.display_name, item.order_id, item.reservation_id, item.sku),
            *(item.location, item.quantity, str(item.expires_on)),
            *(now.used, now.grain_days, _amount(now.commitment)),
            *(_amount(now.idle), now.commitment.currency if now.commitment else None),
            *(route.route, str(route.allowed).lower(), str(route.route == item.recommended).lower(), route.quantity),
            *(_amount(route.cash_now), _amount(route.over_term)),
            *(_amount(use.refund if use else None), _amount(use.commitment if use else None)),
            *(use.refund.currency if use else None, " ".join(why.code for why in route.because)),
        )


def _amount(money: Money | None) -> Decimal | None:
    return money.amount if money else None

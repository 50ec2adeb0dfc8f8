"""One exchange, step by step: what is given back, what is bought, the floor, what is payable."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.money import Money, total
from reconciler.model.plan import Action, Figures, PricedPurchase, Reason
from reconciler.rules.calendar import TERM_MONTHS
from reconciler.rules.exchange import due_today, floor, measure_exchange
from reconciler.rules.rulebook import Rulebook
from reconciler.views.arithmetic import number, of_money
from reconciler.views.reasons import CASH_NOW, NET_PAYABLE
from reconciler.views.steps import Section, Step, line, note
from reconciler.views.wording import counted


def purchase_section(action: Action) -> Section:
    """Explain what is bought, and what of it is due today."""
    source = "quoted by Microsoft" if _quoted(action) else "list price"
    steps = [step for item in action.purchases or () for step in _purchase(item, source)]
    return Section(title="Bought", steps=tuple(steps))


def total_sections(action: Action, rulebook: Rulebook) -> list[Section]:
    """Explain the sums of an exchange; nothing where a price is not known."""
    purchases = action.purchases or ()
    returns = [item.money for item in action.returns or ()]
    currencies = {item.credit.currency for item in returns}
    if not returns or len(currencies) > 1 or any(item.price is None for item in purchases):
        return []
    money = action.money or measure_exchange(returns, purchases)
    steps = (*_totals(returns, purchases, money, rulebook), *_families(action, rulebook))
    sections = [Section(title="The exchange", steps=steps)]
    if money.estimate is not None:
        sections.append(_quote(money, money.estimate))
    return sections


def _quoted(action: Action) -> bool:
    return any(item.money.source == "quote" for item in action.returns or ())


def _purchase(item: PricedPurchase, source: str) -> list[Step]:
    what = f"{counted(item.quantity, 'unit')} of {item.sku} in {item.location}, {item.term}, {item.billing_plan}"
    if item.price is None:
        return [note(item.name, f"{what}: no price is known")]
    steps = [note(item.name, f"{what}: {item.price} for the whole term, {source}")]
    today = due_today(item)
    if item.billing_plan == "Upfront":
        return [*steps, note("due today", f"all of it: {today}", CASH_NOW)]
    months = TERM_MONTHS[item.term]
    share = of_money(number(item.price).over(months), today)
    return [*steps, line("due today", share, CASH_NOW, f"the first of {months} months")]


def _totals(
    returns: Sequence[Figures], purchases: Sequence[PricedPurchase], money: Figures, rulebook: Rulebook
) -> list[Step]:
    assert money.purchase is not None and money.net_payable is not None
    prices = [item.price for item in purchases if item.price is not None]
    lowest = floor(returns)
    enough = "enough" if money.purchase >= lowest else "too little"
    due = total((due_today(item) for item in purchases), money.credit.currency)
    return [
        _sum("purchases", prices, money.purchase),
        _sum("credits", [item.credit for item in returns], money.credit),
        _sum("given back commits", [item.canceled_commitment for item in returns], lowest, rulebook.exchange),
        note("floor", f"{money.purchase} is bought and at least {lowest} is demanded: {enough}", rulebook.exchange),
        _net_payable(money, lowest),
        _sum("due today", [due_today(item) for item in purchases], due, CASH_NOW),
        _cash_now(money, due),
    ]


def _families(action: Action, rulebook: Rulebook) -> list[Step]:
    """Say whether all is of one product family."""
    given = {item.held.reserved_resource_type for item in action.returns or () if item.held}
    bought = {item.reserved_resource_type for item in action.purchases or ()}
    families = {rulebook.family(kind) for kind in given | bought}
    kept = f"all of the family {next(iter(families))}" if len(families) == 1 else "not of one family, as is demanded"
    text = f"{', '.join(sorted(given))} against {', '.join(sorted(bought))}: {kept}"
    return [note("family", text, rulebook.exchange)]


def _net_payable(money: Figures, lowest: Money) -> Step:
    assert money.purchase is not None and money.net_payable is not None
    expression = number(money.purchase).minus(number(lowest))
    if expression.value == money.net_payable.amount:
        return line("net payable", of_money(expression, money.net_payable), NET_PAYABLE)
    return note("net payable", f"{money.net_payable}, by Microsoft's quote", NET_PAYABLE)


def _cash_now(money: Figures, due: Money) -> Step:
    left = number(due).minus(number(money.credit))
    return line("cash now", of_money(left, money.cash_now), CASH_NOW, _direction(money))


def _direction(money: Figures) -> str:
    if not money.cash_now.amount:
        return ""
    return "to be paid" if money.cash_now.amount > 0 else "comes in"


def _sum(label: str, amounts: Sequence[Money], result: Money, because: Reason | None = None) -> Step:
    if len(amounts) == 1:
        return note(label, str(result), because)
    expression = number(amounts[0])
    for item in amounts[1:]:
        expression = expression.plus(number(item))
    return line(label, of_money(expression, result), because)


def _quote(money: Figures, estimate: Figures) -> Section:
    steps = (
        note("quoted credit", f"{money.credit}; by our rules {estimate.credit}"),
        note("quoted net payable", f"{money.net_payable}; by our rules {estimate.net_payable}"),
    )
    return Section(title="Microsoft's quote, which decides", steps=steps)

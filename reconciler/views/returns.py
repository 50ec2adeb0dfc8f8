"""One return, step by step: days, payments, credit, fee, refund, cancelled commitment."""

from __future__ import annotations

from datetime import date

import msgspec

from reconciler.model.current import Instalment
from reconciler.model.money import Money
from reconciler.model.plan import Figures, Reason
from reconciler.rules.calendar import add_months
from reconciler.rules.payments import Payments
from reconciler.rules.returns import Returned, decisive_row, dropped_payments, measure_return
from reconciler.rules.rulebook import Row, Rulebook
from reconciler.views.arithmetic import Expression, number, of_days, of_money, percent, unrounded
from reconciler.views.payments import billing, payment_steps, summed
from reconciler.views.reasons import COMMITMENT, DAYS, MONTHLY, PRICING, ROUNDING, UNIT, UPFRONT
from reconciler.views.steps import Section, Step, line, note
from reconciler.views.wording import counted


def return_sections(returned: Returned, rulebook: Rulebook, figures: Figures) -> list[Section]:
    """Explain cancelling *returned*; *figures* are those of the plan, by our own rules."""
    row = decisive_row(returned, rulebook)
    currency = figures.credit.currency
    money = Section(title=f"Money, in {currency}", steps=tuple(_leg(returned, row, figures)))
    return [*_basis(returned, row.reason), money, _pricing_section(returned, rulebook)]


def exchanged_sections(returned: Returned, rulebook: Rulebook, figures: Figures) -> list[Section]:
    """Explain giving *returned* back in an exchange: the same credit, and no fee."""
    row = decisive_row(returned, rulebook)
    steps = [*_credit(returned, row, figures.credit), *_fee_steps(rulebook.exchange, figures)]
    steps += _dropped(returned, figures)
    money = Section(title=f"Money, in {figures.credit.currency}", steps=tuple(steps))
    return [*_basis(returned, rulebook.exchange), money]


def _basis(returned: Returned, because: Reason) -> list[Section]:
    """Explain what the figures are worked out from."""
    paid = payment_steps(returned.payments)
    order = counted(returned.order.original_quantity, "unit")
    return [
        Section(title="Days", steps=tuple(_days(returned, because))),
        Section(title=f"Payments of the order, for its original {order}", steps=tuple(paid)),
    ]


def announced_sections(returned: Returned, rulebook: Rulebook) -> list[Section]:
    """Explain what each announced fee would change, where it would."""
    sections = []
    for reason, rate in rulebook.announced:
        changed = tuple(
            row if row.more_than is None else msgspec.structs.replace(row, reason=reason, fee_rate=rate)
            for row in rulebook.table
        )
        law = msgspec.structs.replace(rulebook, table=changed)
        row = decisive_row(returned, law)
        if row.reason == reason:
            figures = measure_return(returned, law)
            title = f"What if a fee of {percent(rate)} were charged, as announced"
            sections.append(Section(title=title, what_if=True, steps=tuple(_fee_steps(row.reason, figures))))
    return sections


def _fee_steps(because: Reason, figures: Figures) -> list[Step]:
    """Explain the fee, and what comes back."""
    credit, rate = figures.credit, figures.fee_rate
    steps = []
    if rate:
        fee = number(credit).times((rate * 100).normalize()).over(100)
        steps.append(line("fee", of_money(fee, figures.fee), because, f"{percent(rate)} of the credit"))
    else:
        steps.append(note("fee", f"none: {figures.fee}", because))
    steps.append(line("refund", of_money(number(credit).minus(number(figures.fee)), figures.refund), ROUNDING))
    return steps


def _days(returned: Returned, because: Reason) -> list[Step]:
    reservation, order, at = returned.reservation, returned.order, returned.at
    used = {True: "used", False: "not used", None: "not known, so it counts as used"}[reservation.used]
    return [
        line(
            "age",
            of_days(f"{at} - {reservation.purchased_on}", returned.days_since_purchase),
            DAYS,
            f"bought {reservation.purchased_on}",
        ),
        line("term", of_days(f"{order.expires_on} - {order.starts_on}", returned.term_days), DAYS),
        line("left", of_days(f"{max(order.expires_on, at)} - {at}", returned.remaining_days), DAYS),
        note("use", used),
        note("so", because.text, because),
    ]


def _leg(returned: Returned, row: Row, figures: Figures) -> list[Step]:
    """Explain a cancellation in one currency."""
    return [*_credit(returned, row, figures.credit), *_fee_steps(row.reason, figures), *_dropped(returned, figures)]


def _dropped(returned: Returned, figures: Figures) -> list[Step]:
    dropped = dropped_payments(returned).refund
    if returned.payments.unpaid:
        unpaid = _share(returned, summed(returned.payments.unpaid, billing))
        step = line("payments dropped", of_money(unpaid, dropped), COMMITMENT)
    else:
        step = note("payments dropped", "none is left to be paid", COMMITMENT)
    total = number(figures.credit).plus(number(dropped))
    return [step, line("cancelled commitment", of_money(total, figures.canceled_commitment), COMMITMENT)]


def _credit(returned: Returned, row: Row, credit: Money) -> list[Step]:
    payments, order = returned.payments, returned.order
    if row.full or not payments.paid:
        what = "all that was paid comes back" if payments.paid else "nothing was paid"
        share = _share(returned, summed(payments.paid, billing))
        return [line("credit", of_money(share, credit), row.reason, what)]
    if order.billing_plan == "Monthly":
        return _month_credit(returned, payments.paid[-1], credit)
    left = min(returned.remaining_days, returned.term_days)
    total = summed(payments.paid, billing)
    return [
        _unit(returned, total),
        line(
            "credit",
            of_money(_share(returned, total).times(left).over(returned.term_days), credit),
            UPFRONT,
            f"{counted(returned.quantity, 'unit')}, {left} of {counted(returned.term_days, 'day')}",
        ),
    ]


def _month_credit(returned: Returned, last: Instalment, credit: Money) -> list[Step]:
    begins, ends = _last_month(returned)
    days = (ends - begins).days
    unused = min(max(0, (ends - returned.at).days), days)
    first = min(max(returned.at, begins), ends)
    payment = number(billing(last))
    number_of = len(returned.payments.paid)
    return [
        _unit(returned, payment),
        line("last paid month", of_days(f"{ends} - {begins}", days), MONTHLY, f"month {number_of}, from {begins}"),
        line("unused of it", of_days(f"{ends} - {first}", unused), MONTHLY),
        line(
            "credit",
            of_money(_share(returned, payment).times(unused).over(days), credit),
            MONTHLY,
            f"{counted(returned.quantity, 'unit')}, {unused} of {counted(days, 'day')}",
        ),
    ]


def _last_month(returned: Returned) -> tuple[date, date]:
    start, months = returned.order.starts_on, len(returned.payments.paid)
    return add_months(start, months - 1), add_months(start, months)


def _unit(returned: Returned, total: Expression) -> Step:
    original = returned.order.original_quantity
    calculation = unrounded(total.over(original), returned.payments.billing_currency)
    return line("unit price", calculation, UNIT, "not rounded")


def _share(returned: Returned, total: Expression) -> Expression:
    return total.over(returned.order.original_quantity).times(returned.quantity)


def _pricing_section(returned: Returned, rulebook: Rulebook) -> Section:
    """Explain the same return in the currency that the cap is counted in."""
    currency = returned.payments.pricing_currency
    priced = _priced(returned)
    own = measure_return(priced, rulebook)
    title = f"The same as the cap counts it, in {currency}"
    if priced == returned:
        steps = [note("same", f"billed in {currency} at its price: the figures above count", PRICING)]
    else:
        row = decisive_row(priced, rulebook)
        steps = [note("prices", _prices(priced.payments), PRICING), *_leg(priced, row, own)]
    return Section(title=title, steps=tuple(steps))


def _priced(returned: Returned) -> Returned:
    """Return the same return as if the pricing amounts were the bill's: the rules work both out alike."""

    def swap(items: tuple[Instalment, ...]) -> tuple[Instalment, ...]:
        return tuple(
            Instalment(due_on=item.due_on, status=item.status, billing=item.pricing, pricing=item.pricing)
            for item in items
        )

    payments = msgspec.structs.replace(
        returned.payments, paid=swap(returned.payments.paid), unpaid=swap(returned.payments.unpaid)
    )
    return msgspec.structs.replace(returned, payments=payments)


def _prices(payments: Payments) -> str:
    parts = [
        f"{summed(items, billing).text} {label}"
        for items, label in ((payments.paid, "paid"), (payments.unpaid, "to be paid"))
        if items
    ]
    return "; ".join(parts)

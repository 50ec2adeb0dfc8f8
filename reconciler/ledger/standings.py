"""How customers stand: what was refunded, received, owed and settled, in all and by month."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterator

from sqlalchemy import Connection, select

from reconciler.ledger.books import day_of
from reconciler.ledger.books_records import Account, BookingKind, Standing, Standings
from reconciler.ledger.books_tables import bookings, postings
from reconciler.ledger.journal import read_effects
from reconciler.ledger.records import EffectState
from reconciler.ledger.rows import minor, money_of
from reconciler.ledger.tables import effects

# The figures that go on from month to month; the others begin anew.
_BALANCES = ("receivable", "outstanding")
_FIGURES = ("planned", "refunded", "received", "difference", "owed", "kept", "settled", *_BALANCES)
# What a posting counts as: a sum of one kind of booking alone, or a balance of all.
_BY_REFUND = {Account.RECEIVABLE: ("refunded", 1), Account.PAYABLE: ("owed", -1), Account.KEPT: ("kept", -1)}
_BY_ANY = {
    Account.BANK: ("received", 1),
    Account.DIFFERENCES: ("difference", -1),
    Account.CREDIT_NOTES: ("settled", -1),
    Account.RECEIVABLE: ("receivable", 1),
    Account.PAYABLE: ("outstanding", -1),
}

Key = tuple[str, str]  # customer, currency
Movement = tuple[Key, str, str, int]  # whose, month, figure, minor units


def standings(connection: Connection, customers: Container[str] | None) -> Standings:
    """Return the balances and months of *customers*, by name and currency; None means everybody's."""
    months: dict[Key, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for movements in (_planned(connection), _posted(connection)):
        for key, month, figure, units in movements:
            if customers is None or key[0] in customers:
                months[key][month][figure] += units
    balances, by_month = [], []
    for key in sorted(months):
        total: Counter[str] = Counter()
        for month in sorted(months[key]):
            moved = months[key][month]
            total.update(moved)
            by_month.append(_standing(key, month, Counter({**moved, **{name: total[name] for name in _BALANCES}})))
        balances.append(_standing(key, None, total))
    return Standings(balances=tuple(balances), months=tuple(by_month))


def _planned(connection: Connection) -> Iterator[Movement]:
    """Give every refund that was asked for and not refused, on the day of its request."""
    query = select(effects).where(effects.c.refund.is_not(None), effects.c.state != str(EffectState.REFUSED))
    for effect in read_effects(connection, query):
        if effect.refund is not None and effect.refund.amount:
            key = (effect.customer, effect.refund.currency)
            yield key, _month(day_of(effect).isoformat()), "planned", minor(effect.refund)


def _posted(connection: Connection) -> Iterator[Movement]:
    """Give each posting as what it counts as."""
    columns = (bookings.c.customer, bookings.c.kind, bookings.c.on_day, *postings.c)
    for row in connection.execute(select(*columns).join_from(postings, bookings)).mappings():
        key, month, account = (row["customer"], row["currency"]), _month(row["on_day"]), Account(row["account"])
        counted = [_BY_ANY.get(account), _BY_REFUND.get(account) if row["kind"] == BookingKind.REFUNDED else None]
        for figure, sign in filter(None, counted):
            yield key, month, figure, sign * row["amount"]


def _standing(key: Key, month: str | None, units: Counter[str]) -> Standing:
    customer, currency = key
    figures = {name: money_of(units[name], currency) for name in _FIGURES}
    return Standing(customer=customer, currency=currency, month=month, **figures)


def _month(day: str) -> str:
    return day[: len("2026-11")]

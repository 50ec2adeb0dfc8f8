"""Money in expressions: exact, compared and added in one currency alone.

CEL has no decimals and lets nobody add an operator, so that money has methods, named as
Kubernetes names those of ``quantity``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from cel_expr_python import cel

from reconciler.model.money import Money
from reconciler.policies.shapes import PACKAGE, message_class

MONEY = cel.Type(f"{PACKAGE}.Money")
_NOTHING = ""  # the currency of an empty sum: it goes with any


def functions() -> list[Any]:
    """Return the declarations of all functions on money."""
    one, two = [MONEY], [MONEY, MONEY]
    return [
        cel.FunctionDecl(
            "money",
            [
                _overload("money_of_text", MONEY, [cel.Type.STRING], lambda text: _out(Money.parse(text))),
                _overload(
                    "money_of_parts",
                    MONEY,
                    [cel.Type.STRING, cel.Type.STRING],
                    lambda amount, currency: _out(Money.parse(f"{amount} {currency}")),
                ),
            ],
        ),
        _method("isGreaterThan", cel.Type.BOOL, two, lambda a, b: _compared(a, b) > 0),
        _method("isLessThan", cel.Type.BOOL, two, lambda a, b: _compared(a, b) < 0),
        _method("compareTo", cel.Type.INT, two, _compared),
        _method("add", MONEY, two, lambda a, b: _out(_sum([a, b]))),
        _method("sub", MONEY, two, lambda a, b: _out(_in(a) - _sum([b], _in(a).currency))),
        cel.FunctionDecl(
            "times",
            [
                _overload("money_times_double", MONEY, [MONEY, cel.Type.DOUBLE], _times, member=True),
                _overload("money_times_int", MONEY, [MONEY, cel.Type.INT], _times, member=True),
            ],
        ),
        _method("sum", MONEY, [cel.Type.List(MONEY)], lambda amounts: _out(_sum(amounts))),
        _method("text", cel.Type.STRING, one, lambda a: str(_in(a))),
    ]


def _method(name: str, returns: Any, takes: list[Any], call: Callable[..., Any]) -> Any:
    return cel.FunctionDecl(name, [_overload(f"money_{name}", returns, takes, call, member=True)])


def _overload(name: str, returns: Any, takes: list[Any], call: Callable[..., Any], member: bool = False) -> Any:
    return cel.Overload(name, return_type=returns, parameters=takes, is_member=member, impl=call)


def _in(given: Any) -> Money:
    if not given.amount:
        raise ValueError("the plan has no such amount; ask with has() first")
    return Money(Decimal(given.amount), given.currency)


def _out(money: Money) -> Any:
    return message_class("Money")(amount=str(money.amount), currency=money.currency)


def _compared(one: Any, other: Any) -> int:
    left, right = _same(_in(one), _in(other))
    return (left > right) - (left < right)


def _same(left: Money, right: Money) -> tuple[Money, Money]:
    """Return both in one currency; an empty sum takes the other's."""
    if left.currency == _NOTHING:
        left = Money(left.amount, right.currency)
    return left, Money(right.amount, left.currency) if right.currency == _NOTHING else right


def _sum(amounts: Sequence[Any], currency: str = _NOTHING) -> Money:
    found = [money for money in map(_in, amounts) if money.currency != _NOTHING]
    return reduce(add, found) if found else Money(Decimal(0), currency)


def _times(given: Any, factor: float | int) -> Any:
    money = _in(given)
    # repr gives the shortest decimals that mean the same double: 0.9 is nine tenths, as it was written.
    return _out(Money.rounded(money.amount * Decimal(repr(factor)), money.currency))

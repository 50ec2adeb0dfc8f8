"""Money and days, as they are written on the command line."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.frame import now
from reconciler.cli.values import DAY

if TYPE_CHECKING:
    from reconciler.model.money import Money


class MoneyType(click.ParamType["Money"]):
    """An amount with its currency."""

    name = "money"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Money:
        from reconciler.model.money import Money

        try:
            return Money.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class DayType(click.ParamType[date]):
    """A UTC calendar day."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            if not DAY.fullmatch(value):
                raise ValueError(value)
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write it like 2026-12-08", param, ctx)


amount = click.option(
    "--amount", type=MoneyType(), required=True, help='As in "123.45 EUR"; negative to take a booking back.'
)
on_day = click.option("--on", "on", type=DayType(), help="Its day [today, UTC].")


def today() -> date:
    """Return the day of the wall clock, in UTC."""
    return now().date()

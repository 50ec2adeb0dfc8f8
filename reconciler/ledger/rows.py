"""Records to rows and back, without losing a minor unit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import RowMapping

from reconciler.errors import CurrencyMismatch, LedgerError
from reconciler.ledger.records import REBUILD, CapEntry, Effect, EffectState, EffectTarget, Measured
from reconciler.model.current import Refund
from reconciler.model.money import Money, minor_units

_LARGEST = 2**63 - 1
# What an effect and its row hold in the same form.
PLAIN = (
    "run_id",
    "plan_id",
    "action_id",
    "customer",
    "tenant_id",
    "address",
    "kind",
    "order_id",
    "reservation_id",
    "quantity",
    "request_digest",
    "fulfils",
)


def instant_text(at: datetime) -> str:
    """Return *at* as RFC 3339 in UTC, always with microseconds, so that text sorts by time."""
    if at.tzinfo is None:
        raise LedgerError(f"the instant {at.isoformat()} has no time zone; the ledger keeps UTC")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """Read what instant_text wrote."""
    return datetime.fromisoformat(text)


def minor(money: Money) -> int:
    """Return *money* in minor units; LedgerError if that would round it or not fit 64 bits."""
    if money.amount.is_finite():
        # A Fraction, because Decimal arithmetic rounds to its context's 28 digits.
        units = Fraction(money.amount) * Fraction(10) ** minor_units(money.currency)
        if units.denominator == 1 and abs(units.numerator) <= _LARGEST:
            return units.numerator
    raise LedgerError(f"{money} cannot be kept exactly in minor units of {money.currency}")


def money_of(units: int, currency: str) -> Money:
    """Read what minor wrote."""
    return Money(Decimal(units).scaleb(-minor_units(currency)), currency)


def effect_row(effect: Effect) -> dict[str, Any]:
    """Return the row of a new intent."""
    return {
        **{name: getattr(effect, name) for name in PLAIN},
        "effect_id": effect.id,
        "state": str(effect.state),
        "intended_at": instant_text(effect.intended_at),
        "detail": detail_text(effect.detail),
        **money_row(effect),
    }


def money_row(money: Effect | Measured) -> dict[str, Any]:
    """Return the columns of an effect's money."""
    return {
        "refund": _optional_minor(money.refund),
        "refund_currency": money.refund.currency if money.refund else None,
        "cap_refund": _optional_minor(money.cap_refund),
        "cap_commitment": _optional_minor(money.cap_commitment),
        "cap_currency": _one_currency(money.cap_refund, money.cap_commitment),
    }


def target_rows(effect: Effect) -> list[dict[str, Any]]:
    """Return a row for each reservation that a new intent is about."""
    return [
        {
            "effect_id": effect.id,
            "position": position,
            "reservation_id": target.reservation_id,
            "order_id": target.order_id,
            "held": target.held,
            "quantity": target.quantity,
            "open": True,
        }
        for position, target in enumerate(effect.targets)
    ]


def target_of(row: RowMapping) -> EffectTarget:
    """Read one row of effect_targets."""
    return EffectTarget(
        reservation_id=row["reservation_id"], order_id=row["order_id"], held=row["held"], quantity=row["quantity"]
    )


def effect_of(row: RowMapping, targets: tuple[EffectTarget, ...]) -> Effect:
    """Read one row of effects, with its targets."""
    return Effect(
        targets=targets,
        **{name: row[name] for name in PLAIN},
        id=row["effect_id"],
        state=EffectState(row["state"]),
        intended_at=instant(row["intended_at"]),
        sent_at=instant(row["sent_at"]) if row["sent_at"] else None,
        settled_at=instant(row["settled_at"]) if row["settled_at"] else None,
        detail=json.loads(row["detail"]),
        refund=_optional_money(row["refund"], row["refund_currency"]),
        cap_refund=_optional_money(row["cap_refund"], row["cap_currency"]),
        cap_commitment=_optional_money(row["cap_commitment"], row["cap_currency"]),
    )


def cap_row(entry: CapEntry) -> dict[str, Any]:
    """Return the row of a cap entry."""
    return {
        "customer": entry.customer,
        "on_day": _day_text(entry.on),
        "reservation_id": entry.reservation_id,
        "refund": minor(entry.refund),
        "commitment": minor(entry.commitment),
        "currency": _one_currency(entry.refund, entry.commitment),
        "effect_id": entry.effect_id,
        "exchange": entry.exchange,
    }


def refund_of(row: RowMapping) -> Refund:
    """Read one row of cap_entries, with its effect's plan_id, as the planner knows it."""
    return Refund(
        on=date.fromisoformat(row["on_day"]),
        reservation_id=row["reservation_id"],
        refund=money_of(row["refund"], row["currency"]),
        commitment=money_of(row["commitment"], row["currency"]),
        source=REBUILD if row["plan_id"] == REBUILD else "ledger",
    )


def detail_text(detail: Mapping[str, Any]) -> str:
    """Return *detail* as JSON; ASCII, so that no text of the service can be unstorable."""
    try:
        return json.dumps(detail, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise LedgerError(f"the detail of an effect is not JSON: {error}") from error


def _day_text(day: date) -> str:
    if isinstance(day, datetime):
        raise LedgerError(f"{day.isoformat()} is an instant; a cap entry is of a day")
    return day.isoformat()


def _one_currency(first: Money | None, second: Money | None) -> str | None:
    if first and second and first.currency != second.currency:
        raise CurrencyMismatch(f"{first} and {second} are the two cap figures of one effect")
    either = first or second
    return either.currency if either else None


def _optional_minor(money: Money | None) -> int | None:
    return None if money is None else minor(money)


def _optional_money(units: int | None, currency: str | None) -> Money | None:
    return None if units is None or currency is None else money_of(units, currency)

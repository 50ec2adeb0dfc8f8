"""How much one run may do, and how much each customer's part of it.

A limit refuses the run, not one action: which of eleven cancellations would be one
too many is for people to say. The share of the cap is the exception: there the fold
decides which returns fit, as it does under the cap itself.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from reconciler.errors import LimitExceeded
from reconciler.model.cap import part_of
from reconciler.model.finding import Finding, Severity, finding
from reconciler.model.inputs import Accepted
from reconciler.model.limits import Ceilings, Limits
from reconciler.model.money import total
from reconciler.model.plan import Action, CustomerPlan, Plan, Status
from reconciler.policies.policy import CODES
from reconciler.policies.values import READERS, count_text

PER_CUSTOMER = "perCustomer."
# Done by the ledger alone: nothing of it reaches Microsoft.
_INWARD = "protection"
_OF_THE_RUN = ("limit.max-actions", "limit.max-cancels", "limit.max-refund", "limit.estate-age")
AnyCeilings = TypeVar("AnyCeilings", bound=Ceilings)


class CapShare(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a customer's cap that may be used, and the limit that says so."""

    name: str
    share: Decimal


class _Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a ceiling counts: the whole run, or one customer's part of it."""

    who: str
    prefix: str
    address: str | None
    actions: Sequence[Action]
    ceilings: Ceilings


def raised(limits: Limits, accepted: Accepted) -> Limits:
    """Return *limits* as raised by what was accepted; an acceptance never lowers one."""
    own = _raised(limits, accepted, "")
    return msgspec.structs.replace(own, per_customer=_raised(limits.per_customer, accepted, PER_CUSTOMER))


def cap_share(limits: Limits) -> CapShare | None:
    """Return the smaller of both shares of the cap, None where the whole cap may be used."""
    found = [
        CapShare(name=f"{prefix}maxCapShare", share=ceilings.max_cap_share)
        for prefix, ceilings in (("", limits), (PER_CUSTOMER, limits.per_customer))
        if ceilings.max_cap_share is not None
    ]
    return min(found, key=lambda item: item.share, default=None)


def breaches(customers: Sequence[CustomerPlan], limits: Limits) -> list[Finding]:
    """Return why a run of the ready actions of *customers* is refused; *limits* are as raised."""
    everything = [action for customer in customers for action in customer.actions]
    scopes = [_Scope(who="the run", prefix="", address=None, actions=everything, ceilings=limits)]
    scopes += [
        _Scope(
            who=customer.name,
            prefix=PER_CUSTOMER,
            address=customer.name,
            actions=customer.actions,
            ceilings=limits.per_customer,
        )
        for customer in customers
    ]
    found = [breach for scope in scopes for breach in _beyond(scope)]
    share = cap_share(limits)
    return found + [breach for customer in customers for breach in _beyond_share(customer, share)]


def require_within(plan: Plan, limits: Limits) -> None:
    """Refuse a plan that goes beyond its own limits, or beyond *limits* and what it accepted.

    Errors: LimitExceeded.
    """
    accepted = Accepted(values={item.name: item.value or "" for item in plan.accepted})
    found = [note for note in plan.findings if note.code in _OF_THE_RUN or _refused_by_policy(note)]
    found += breaches(plan.customers, raised(limits, accepted))
    if found:
        told = "; ".join(dict.fromkeys(note.message for note in found))
        raise LimitExceeded(f"nothing was done: {told}")


def _refused_by_policy(note: Finding) -> bool:
    """Say whether a policy refused the run when the plan was made; what it refused of it stands at an address."""
    return note.code.startswith(CODES) and note.severity is Severity.DENY and note.address is None


def _raised(ceilings: AnyCeilings, accepted: Accepted, prefix: str) -> AnyCeilings:
    changes: dict[str, Any] = {}
    for name, (field, read) in READERS.items():
        ceiling, text = getattr(ceilings, field), accepted.values.get(prefix + name)
        if ceiling is not None and text:
            changes[field] = max(ceiling, read(text))
    return msgspec.structs.replace(ceilings, **changes)


def _beyond(scope: _Scope) -> Iterator[Finding]:
    ceilings = scope.ceilings
    ready = [item for item in scope.actions if item.status is Status.READY and item.action != _INWARD]
    cancels = [item for item in ready if item.action == "cancel"]
    if ceilings.max_actions is not None and len(ready) > ceilings.max_actions:
        text = _told(scope, "maxActions", f"{count_text(len(ready), 'action')} ready", ceilings.max_actions, len(ready))
        yield finding("limit.max-actions", Severity.DENY, text, scope.address)
    if ceilings.max_cancels is not None and len(cancels) > ceilings.max_cancels:
        count = f"{count_text(len(cancels), 'cancellation')} ready"
        text = _told(scope, "maxCancels", count, ceilings.max_cancels, len(cancels))
        yield finding("limit.max-cancels", Severity.DENY, text, scope.address)
    if ceilings.max_refund is not None:
        uses = [item.money.cap_use.refund for item in cancels if item.money is not None]
        refund = total(uses, ceilings.max_refund.currency)
        if refund > ceilings.max_refund:
            value = f"{refund.amount} {refund.currency}"
            text = _told(scope, "maxRefund", f"{refund} to be refunded", ceilings.max_refund, value)
            yield finding("limit.max-refund", Severity.DENY, text, scope.address)


def _told(scope: _Scope, name: str, what: str, ceiling: object, value: object) -> str:
    flag = shlex.quote(f"{scope.prefix}{name}={value}")
    return (
        f"{scope.who} has {what}, more than {scope.prefix}{name} allows ({ceiling}); "
        f"to allow it for one plan: --accept {flag}"
    )


def _beyond_share(customer: CustomerPlan, share: CapShare | None) -> Iterator[Finding]:
    """Give a refusal where the plan was made without the share of the cap that is in force."""
    returns = any(item.action == "cancel" and item.status is Status.READY for item in customer.actions)
    if share is None or not returns:
        return
    meter = customer.cap.meters.refund if customer.cap.basis == "refund" else customer.cap.meters.commitment
    used, usable = meter.consumed + meter.planned, part_of(customer.cap.limit, share.share)
    if used > usable:
        text = (
            f"{customer.name} would have {used} of its cap used, more than {share.name} {share.share} "
            f"allows ({usable}); to allow it for one plan: --accept {share.name}=1.0"
        )
        yield finding("limit.cap-share", Severity.DENY, text, customer.name)

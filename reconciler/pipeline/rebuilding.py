"""The straight line of rebuilding a lost ledger: lock, read, look back, estimate, enter, compare."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from reconciler.errors import ProviderError
from reconciler.ledger import Run, open_ledger, this_run
from reconciler.model import current, desired
from reconciler.model.inputs import RefundQuote
from reconciler.model.plan import Target
from reconciler.model.recovery import CustomerRecovery, Recovery
from reconciler.pipeline.asking import Request, read_desired, require_known
from reconciler.pipeline.framing import alternatives
from reconciler.pipeline.keeping import reading_anew
from reconciler.pipeline.remembering import ledger_url, remember
from reconciler.providers import LiveProvider
from reconciler.rebuild.comparing import NOT_KNOWN, compared, fitting, returnable
from reconciler.rebuild.ended import Sight, look
from reconciler.rebuild.entering import effect_of
from reconciler.rebuild.recovering import Case, Found, recover
from reconciler.rulebooks import load_rulebook
from reconciler.rules.rulebook import Rulebook

# A quote counts as a write against ARM's limits, and one is enough where it is given.
_QUOTES = 3


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """With what one run rebuilds; ``today`` is the service's UTC day."""

    provider: LiveProvider
    ledger: Any  # Ledger; its module is loaded only when one is opened
    rulebook: Rulebook
    others: tuple[Rulebook, ...]
    run: Run
    now: Callable[[], datetime]
    today: date


def rebuild(request: Request, provider: LiveProvider, now: Callable[[], datetime]) -> Recovery:
    """Enter what the service's history shows of each customer's refunds and the ledger lacks.

    A customer that cannot be read whole is left as it is, and comes back as not complete.

    Errors: LockHeld if a living run holds one of the customers; LedgerError if there is
            no ledger; UsageError.
    """
    state = read_desired(msgspec.structs.replace(request, config=reading_anew(request.config)))
    require_known(request.selection, state)
    wanted = [item for item in state.customers if request.selection.has_customer(item.name)]
    rulebook = load_rulebook(request.config.rulebook, request.config.root)
    with open_ledger(ledger_url(request.config), create=False) as ledger:
        run, at = this_run(str(uuid.uuid4()), now()), provider.now()
        means = Means(
            provider=provider,
            ledger=ledger,
            rulebook=rulebook,
            others=alternatives(rulebook, request.config),
            run=run,
            now=now,
            today=at.date(),
        )
        try:
            ledger.lock(sorted(item.name for item in wanted), run)
            held = provider.read(wanted).customers
            parts = [_customer(means, item, held[item.tenant_id.lower()]) for item in wanted]
            ledger.finish(run, now())
        finally:
            ledger.unlock(run)
    return Recovery(at=at, run_id=run.id, rulebook=rulebook.id, customers=tuple(parts), not_known=NOT_KNOWN)


def _customer(means: Means, customer: desired.Customer, held: current.Customer) -> CustomerRecovery:
    """Read one customer's history whole, then enter what it shows; one that cannot be read is left alone."""
    blank = CustomerRecovery(name=customer.name, tenant_id=held.tenant_id, complete=False, problem=held.problem)
    if not held.complete:
        return blank
    others = [name for name in means.ledger.names_of(held.tenant_id) if name != customer.name]
    if others:
        # Under another name all of it would be entered, and paid out, a second time.
        problem = (
            f"the ledger knows this tenant as {others[0]}; run: reconciler ledger rename {others[0]} {customer.name}"
        )
        return msgspec.structs.replace(blank, problem=problem)
    try:
        sight, found = _look(means, customer, held)
    except ProviderError as error:
        return msgspec.structs.replace(blank, problem=str(error))
    quoted, why_not, remarks = _quote(means, customer, held)
    at = means.now()
    entered = [effect_of(item, customer, means.rulebook.id, means.run.id, at) for item in found.entries]
    means.ledger.rebuild(entered, at)
    counted = remember(means.ledger, customer.name).refunds
    return CustomerRecovery(
        name=customer.name,
        tenant_id=held.tenant_id,
        complete=True,
        entries=found.entries,
        left_out=found.left_out,
        older=found.older,
        consumed=compared(counted, quoted, why_not, means.rulebook.cap, means.today),
        remarks=(*sight.remarks, *remarks),
    )


def _look(means: Means, customer: desired.Customer, held: current.Customer) -> tuple[Sight, Found]:
    """Read what became of every reservation that ended in the cap's window."""
    provider = means.provider
    # An entry counts on its day and for a window from it.
    since = means.today - timedelta(days=means.rulebook.cap.window_days - 1)
    sight = look(held, since)
    case = Case(
        customer=customer,
        held=held,
        history=provider.look_back(customer, [item.reservation for item in sight.ended]),
        effects=means.ledger.returns(customer.name),
        rulebook=means.rulebook,
        since=since,
    )
    return sight, recover(case, sight, lambda line, until: provider.used_until(customer, line, until))


def _quote(
    means: Means, customer: desired.Customer, held: current.Customer
) -> tuple[RefundQuote | None, str, tuple[str, ...]]:
    """Ask for one quote, because only a quote tells what is consumed; else say why there is none."""
    why_not = "it has no reservation of which a return could be quoted"
    for item in returnable(held, means.today)[:_QUOTES]:
        target = Target(order_id=item.order_id, reservation_id=item.id, quantity=item.quantity)
        try:
            quote, _ = means.provider.quote_return(customer, target, 1)
        except ProviderError as error:
            why_not = str(error)
            continue
        return quote, "", fitting(item, held, quote, (means.rulebook, *means.others), means.today)
    return None, why_not, ()

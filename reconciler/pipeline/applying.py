"""The straight line of apply: trust, read again, derive again, carry out; and resume."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec

from reconciler.apply.planfile import check_usable, read_trusted_plan
from reconciler.apply.rederiving import require_rederived
from reconciler.apply.resume import resume as resume_effects
from reconciler.apply.run import Applied, apply_plan
from reconciler.apply.settling import Patience
from reconciler.apply.terms import Terms
from reconciler.apply.verdicts import Search
from reconciler.config import Config
from reconciler.errors import PlanRefused, UsageError
from reconciler.ledger import Effect, open_ledger
from reconciler.model import current, desired
from reconciler.model.finding import Location
from reconciler.model.inputs import Accepted, Instant, Memory, Selection
from reconciler.model.plan import Acceptance, Plan
from reconciler.model.receipt import Receipt, Result
from reconciler.pipeline.asking import Request, read_desired
from reconciler.pipeline.executing import Engine
from reconciler.pipeline.framing import alternatives
from reconciler.pipeline.judging import blocks_of, require_allowed
from reconciler.pipeline.keeping import reading_anew
from reconciler.pipeline.narrowing import part_again
from reconciler.pipeline.planning import exit_code
from reconciler.pipeline.remembering import ledger_url, remember
from reconciler.pipeline.spreading import spreading
from reconciler.planner.build import Question, build_plan
from reconciler.policies.approvals import load_approvals
from reconciler.policies.limits import raised, require_within
from reconciler.providers import LiveProvider
from reconciler.rulebooks import built_in, load_rulebook
from reconciler.rules.rulebook import Rulebook

# Resume looks again and again for a minute: a return may be about to end.
RESUME_PATIENCE = Patience(pause=5.0, deadline=60.0)


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What applying a plan came to."""

    receipt: Receipt
    unread: tuple[str, ...]
    exit_code: int


def apply(
    file: Path,
    provider: LiveProvider,
    config: Config,
    now: Callable[[], datetime],
    approvals: Sequence[Path] = (),
    engine: Engine | None = None,
) -> Done:
    """Carry out a saved plan, once; *approvals* are files. Nothing was sent on an error.

    An *engine* lets other processes act on the customers, which this one does itself without it.

    Errors: PlanRefused, LimitExceeded, LockHeld, LedgerError.
    """
    plan = read_trusted_plan(file)
    check_usable(plan, now(), provider.now())
    require_within(plan, config.limits)
    approved = load_approvals(approvals)
    refused = require_allowed(plan, config, approved, now(), provider.now())
    rulebook = _rulebook_of(plan, config)
    emulated = config.provider == "emulator"
    state = _desired_again(plan, config, now())
    terms = Terms(
        now=now,
        rulebook=rulebook,
        alternatives=alternatives(rulebook, config),
        max_drop=config.max_refund_drop,
        patience=Patience(pause=0.05 if emulated else 5.0),
        pass_through=config.pass_through,
        approved=min((item.ceiling for item in approved), default=None),
        approvals=tuple(Acceptance(name="approval", value=item.approver) for item in approved),
        contacts={item.name: item.contact for item in state.customers if item.contact},
        limits=raised(config.limits, Accepted(values={item.name: item.value or "" for item in plan.accepted})),
    )
    # Only the emulator may begin without a ledger: a CI runner that forgets its
    # ledger must not forget its refunds.
    with (
        spreading(engine, config, len(plan.customers)) as spread,
        open_ledger(ledger_url(config), create=emulated) as ledger,
    ):

        def check(estate: current.Estate) -> dict[str, str]:
            memories = {part.name: remember(ledger, part.name, part.tenant_id) for part in plan.customers}
            again = build_plan(_question_again(plan, config, state, estate, memories), {}).plan
            return {**_forbidden(plan, again, state, estate, memories), **refused}

        applied = apply_plan(plan, provider, ledger, terms, check, spread)
    return Done(receipt=applied.receipt, unread=applied.unread, exit_code=_apply_code(plan, applied))


def _desired_again(plan: Plan, config: Config, now: datetime) -> desired.State:
    """Read the files that *plan* was made from. Errors: PlanRefused if they are gone or say something else."""
    paths = tuple(config.root / name for name in plan.inputs.files)
    try:
        if plan.inputs.changed_since or plan.inputs.shard:
            state = part_again(config, paths)
        else:
            state = read_desired(Request(config=reading_anew(config), now=now, paths=paths))
    except UsageError as error:
        raise PlanRefused(f"the files that the plan was made from are not here: {error}") from error
    if state.digest != plan.inputs.desired:
        raise PlanRefused("the desired state changed since the plan was made. Nothing was done; plan again")
    return state


def _question_again(
    plan: Plan, config: Config, state: desired.State, estate: current.Estate, memories: dict[str, Memory]
) -> Question:
    """Return what *plan* was asked, of Azure as it is now."""
    return Question(
        state=state,
        estate=estate,
        rulebook=_rulebook_of(plan, config),
        alternatives=(),
        memories=memories,
        instant=Instant(at=plan.at, created_at=plan.created_at),
        lifetime=config.expires_after,
        policies=plan.inputs.policies,
        selection=Selection(customers=frozenset(part.name for part in plan.customers)),
        accepted=Accepted(values={item.name: item.value or "" for item in plan.accepted}),
        limits=config.limits,
        blocks=blocks_of(plan),
    )


def _forbidden(
    plan: Plan, again: Plan, state: desired.State, estate: current.Estate, memories: dict[str, Memory]
) -> dict[str, str]:
    """Return what is forbidden by now: by what is derived *again*, or all, where the customer has another name.

    Of a customer that the ledger has under another name nothing is remembered under this one.
    """
    known = tuple(part for part in plan.customers if not memories[part.name].other_names)
    renamed = [item.id for part in plan.customers if part not in known for item in part.actions]
    rest = msgspec.structs.replace(plan, customers=known)
    found = require_rederived(rest, again, _entries(state), estate)
    return {**dict.fromkeys(renamed, "ledger.other-name"), **found}


def _entries(state: desired.State) -> dict[str, desired.Reservation]:
    return {entry.address: entry for customer in state.customers for entry in customer.reservations}


def _rulebook_of(plan: Plan, config: Config) -> Rulebook:
    """Return the rulebook that *plan* was made under. Errors: PlanRefused if it is another one by now."""
    name = plan.rulebook.id if plan.rulebook.id in built_in() else config.rulebook
    rulebook = load_rulebook(name, config.root)
    if rulebook.digest != plan.rulebook.digest:
        raise PlanRefused(f"rulebook {plan.rulebook.id} is not the one the plan was made under. Plan again")
    return rulebook


def resume(
    request: Request,
    provider: LiveProvider,
    now: Callable[[], datetime],
    answers: dict[str, bool],
    only: frozenset[str],
    units: Mapping[str, int] | None = None,
) -> Receipt:
    """Settle what a broken run left open; *units* says how many were given back where an answer does.

    Errors: LockHeld, LedgerError, UsageError.
    """
    url = ledger_url(request.config)
    with open_ledger(url, create=False) as ledger:
        patience = Patience(pause=0.05, deadline=2.0) if request.config.provider == "emulator" else RESUME_PATIENCE
        rulebook = load_rulebook(request.config.rulebook, request.config.root)
        search = Search(
            provider=provider,
            now=now,
            patience=patience,
            customer=_reaching(request),
            answers=answers,
            units=units or {},
            rulebooks=(rulebook, *alternatives(rulebook, request.config)),
        )
        return resume_effects(search, ledger, str(uuid.uuid4()), only)


def _reaching(request: Request) -> Callable[[Effect], desired.Customer]:
    """Return how to reach the customer of an effect; the files are read when the first is asked for."""

    @cache
    def named() -> Mapping[tuple[str, str], desired.Customer]:
        again = msgspec.structs.replace(request, config=reading_anew(request.config))
        return {(item.name, item.tenant_id): item for item in read_desired(again).customers}

    def reach(effect: Effect) -> desired.Customer:
        # A name may have moved to another tenant since: what was begun is looked for where it was begun.
        found = named().get((effect.customer, effect.tenant_id))
        # Its file may be gone.
        at = Location("ledger", 1, 1)
        return found or desired.Customer(name=effect.customer, tenant_id=effect.tenant_id, location=at)

    return reach


def _apply_code(plan: Plan, applied: Applied) -> int:
    results = {outcome.result for outcome in applied.receipt.outcomes}
    if applied.unread or not plan.complete:
        return 7
    if applied.locked:
        return 6
    if Result.UNKNOWN in results:
        return 4
    if applied.interrupted:
        return 1
    return 3 if Result.REFUSED in results else exit_code(plan, detailed=False)

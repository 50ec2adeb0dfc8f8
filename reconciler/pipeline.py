"""The straight line: read, compare, quote, plan. It only calls."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reconciler import desired as desired_files
from reconciler.actions.kind import Proposal
from reconciler.apply.planfile import check_usable, read_trusted_plan
from reconciler.apply.rederiving import require_rederived
from reconciler.apply.resume import Search
from reconciler.apply.resume import resume as resume_effects
from reconciler.apply.run import Applied, apply_plan
from reconciler.apply.settling import Patience
from reconciler.apply.terms import Terms
from reconciler.config import Config
from reconciler.errors import PlanRefused, ProviderError, UsageError
from reconciler.estate.bodies import refund_bodies
from reconciler.ledger import Effect, ledger_exists, open_ledger
from reconciler.model import current, desired
from reconciler.model.finding import Location, Severity
from reconciler.model.inputs import Accepted, Instant, Memory, NoQuote, Quote, Refusal, Selection
from reconciler.model.plan import Plan, Target
from reconciler.model.receipt import Receipt, Result
from reconciler.planner.build import Question, Quotes, build_plan
from reconciler.policies.limits import require_within
from reconciler.providers import LiveProvider, Provider
from reconciler.rulebooks import built_in, load_rulebook
from reconciler.rules.rulebook import Rulebook

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger

# A quote can make a return smaller, which needs another quote; figures settle at once,
# and the bound only keeps a service that contradicts itself from being asked for ever.
QUOTE_ROUNDS = 5
# Resume looks again and again for a minute: a return may be about to end.
RESUME_PATIENCE = Patience(pause=5.0, deadline=60.0)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was asked for. ``now`` is the wall clock's instant; ``at`` a what-if one."""

    config: Config
    now: datetime
    paths: tuple[Path, ...] = ()
    selection: Selection = Selection()
    accepted: Accepted = Accepted()
    at: datetime | None = None
    quote: bool = True


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What applying a plan came to."""

    receipt: Receipt
    unread: tuple[str, ...]
    exit_code: int


def read_desired(request: Request) -> desired.State:
    """Read the desired state of the request's paths, or of the configured folder."""
    return desired_files.load(_paths(request), request.config.root)


def _paths(request: Request) -> tuple[Path, ...]:
    return request.paths or (request.config.root / request.config.desired,)


def _path_names(request: Request) -> tuple[str, ...]:
    """Return the paths as a plan records them: those inside the repository relative to its root."""
    root = request.config.root.absolute()
    absolute = [path.absolute() for path in _paths(request)]
    return tuple((path.relative_to(root) if path.is_relative_to(root) else path).as_posix() for path in absolute)


def read_current(request: Request, provider: Provider, state: desired.State) -> current.Estate:
    """Read what the provider holds of the customers that the request is about."""
    wanted = [item for item in state.customers if request.selection.has_customer(item.name)]
    return provider.read(wanted)


def plan(request: Request, provider: Provider) -> Plan:
    """Return what apply would do, what it costs, and what forbids it."""
    config = request.config
    state = read_desired(request)
    rulebook = load_rulebook(config.rulebook, config.root)
    estate = read_current(request, provider, state)
    live = isinstance(provider, LiveProvider)
    question = Question(
        state=state,
        estate=estate,
        rulebook=rulebook,
        alternatives=_alternatives(rulebook, config) if live else (),
        memories=_memories(config, list(estate.customers.values())) if live else {},
        instant=instant(request, provider),
        lifetime=config.expires_after,
        policies=_policies_digest(config),
        paths=_path_names(request),
        selection=request.selection,
        accepted=request.accepted,
        limits=config.limits,
    )
    # A what-if asks for quotes as well: they tell what is consumed of the cap.
    if isinstance(provider, LiveProvider) and request.quote:
        return _quoted(question, provider)
    return build_plan(question, {}).plan


def instant(request: Request, provider: Provider) -> Instant:
    """Return when the plan is made: by the service's clock, a what-if, or today for a snapshot."""
    at = provider.now() if isinstance(provider, LiveProvider) else max(provider.now(), request.now)
    return Instant(at=request.at or at, created_at=request.now, what_if=request.at is not None)


def _alternatives(rulebook: Rulebook, config: Config) -> tuple[Rulebook, ...]:
    """Return the other rulebooks that ship: one of them may explain a quote that ours does not."""
    return tuple(load_rulebook(name, config.root) for name in built_in() if name != rulebook.id)


def _quoted(question: Question, provider: LiveProvider) -> Plan:
    quotes: Quotes = {}
    answer = build_plan(question, quotes)
    for _ in range(QUOTE_ROUNDS):
        if not answer.wishes:
            break
        for customer, (key, proposal) in answer.wishes:
            quotes.setdefault(customer.name, {})[key] = _quote(provider, customer, proposal)
        answer = build_plan(question, quotes)
    return answer.plan


def _quote(provider: LiveProvider, customer: desired.Customer, proposal: Proposal) -> Quote:
    """Ask for a quote; one that cannot be had blocks its action, and no other."""
    try:
        return _answer(provider, customer, proposal)
    except ProviderError as error:
        return NoQuote(refusals=(Refusal(error.code or "unavailable", str(error)),))


def _answer(provider: LiveProvider, customer: desired.Customer, proposal: Proposal) -> Quote:
    returns = quoted_returns(proposal)
    if proposal.action.action == "exchange":
        return provider.quote_exchange(customer, returns, proposal.action.purchases or ())[0]
    ((target, quantity),) = returns
    return provider.quote_return(customer, target, quantity)[0]


def quoted_returns(proposal: Proposal) -> Sequence[tuple[Target, int]]:
    """Return what a proposal gives back: each reservation and how many of its units."""
    action = proposal.action
    if action.returns is not None:
        return [(item.reservation, item.money.quantity) for item in action.returns]
    assert action.money is not None
    return [(proposal.pairs[0].target, action.money.quantity)]


def exit_code(plan: Plan, *, detailed: bool) -> int:
    """Return the exit code of a plan: 7 incomplete, 3 refused or blocked, 2 ready (detailed only), 0."""
    if not plan.complete:
        return 7
    if plan.summary.blocked or any(note.severity is Severity.DENY for note in plan.findings):
        return 3
    return 2 if detailed and plan.applyable else 0


def apply(file: Path, provider: LiveProvider, config: Config, now: Callable[[], datetime]) -> Done:
    """Carry out a saved plan, once. Nothing was sent on an error.

    Errors: PlanRefused, LimitExceeded, LockHeld, LedgerError.
    """
    plan = read_trusted_plan(file)
    check_usable(plan, now(), provider.now())
    require_within(plan, config.limits)
    rulebook = _rulebook_of(plan, config)
    emulated = config.provider == "emulator"
    terms = Terms(
        now=now,
        rulebook=rulebook,
        alternatives=_alternatives(rulebook, config),
        max_drop=config.max_refund_drop,
        patience=Patience(pause=0.05 if emulated else 5.0),
        pass_through=config.pass_through,
    )
    # Only the emulator may begin without a ledger: a CI runner that forgets its
    # ledger must not forget its refunds.
    state = _desired_again(plan, config, now())
    with open_ledger(ledger_url(config), create=emulated) as ledger:

        def check(estate: current.Estate) -> dict[str, str]:
            memories = {part.name: remember(ledger, part.name) for part in plan.customers}
            again = build_plan(_question_again(plan, config, state, estate, memories), {}).plan
            return require_rederived(plan, again, _partial(state))

        applied = apply_plan(plan, provider, ledger, terms, check)
    return Done(receipt=applied.receipt, unread=applied.unread, exit_code=_apply_code(plan, applied))


def _desired_again(plan: Plan, config: Config, now: datetime) -> desired.State:
    """Read the files that *plan* was made from. Errors: PlanRefused if they are gone or say something else."""
    paths = tuple(config.root / path for path in plan.inputs.paths)
    try:
        state = read_desired(Request(config=config, now=now, paths=paths))
    except UsageError as error:
        raise PlanRefused(f"the files that the plan was made from are not here: {error}") from error
    if state.digest != plan.inputs.desired:
        names = ", ".join(plan.inputs.paths)
        raise PlanRefused(f"the desired state ({names}) changed since the plan was made. Nothing was done; plan again")
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
    )


def _partial(state: desired.State) -> frozenset[str]:
    entries = (entry for customer in state.customers for entry in customer.reservations)
    return frozenset(entry.address for entry in entries if entry.cancel and entry.cancel.partial)


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
) -> Receipt:
    """Settle what a broken run left open. Errors: LockHeld, LedgerError, UsageError."""
    url = ledger_url(request.config)
    with open_ledger(url, create=False) as ledger:
        reach = {item.customer: _reach(item) for item in ledger.open_effects()}
        if reach:
            reach |= {item.name: item for item in read_desired(request).customers if item.name in reach}
        patience = Patience(pause=0.05, deadline=2.0) if request.config.provider == "emulator" else RESUME_PATIENCE
        search = Search(provider=provider, now=now, patience=patience, customers=reach, answers=answers)
        return resume_effects(search, ledger, str(uuid.uuid4()), only)


def _reach(effect: Effect) -> desired.Customer:
    """Return how to reach the customer of an effect whose file is gone."""
    return desired.Customer(name=effect.customer, tenant_id=effect.tenant_id, location=Location("ledger", 1, 1))


def _apply_code(plan: Plan, applied: Applied) -> int:
    results = {outcome.result for outcome in applied.receipt.outcomes}
    if applied.unread or not plan.complete:
        return 7
    if Result.UNKNOWN in results:
        return 4
    return 3 if Result.REFUSED in results else exit_code(plan, detailed=False)


def with_known_refunds(config: Config, customers: list[current.Customer]) -> list[current.Customer]:
    """Return *customers* with the ledger's refunds in their bodies, for an estate file.

    A live tenant does not tell what was refunded; where no ledger knows either, the
    key stays out, so that a plan from the file knows that it does not know.
    """
    if not ledger_exists(ledger_url(config)):
        return customers
    memories = _memories(config, customers)
    return [
        msgspec.structs.replace(item, body={**item.body, "refunds": refund_bodies(memories[item.name].refunds)})
        if item.refunds is None
        else item
        for item in customers
    ]


def ledger_url(config: Config) -> str:
    """Return the ledger's URL, a relative path counted from the repository's root."""
    scheme, found, path = config.ledger.partition(":///")
    if found and scheme == "sqlite":
        return f"sqlite:///{(config.root / path).absolute()}"
    return config.ledger


def _memories(config: Config, customers: Sequence[current.Customer]) -> dict[str, Memory]:
    url = ledger_url(config)
    if not ledger_exists(url):
        return {item.name: Memory(protections={}) for item in customers}
    with open_ledger(url, create=False) as ledger:
        return {item.name: remember(ledger, item.name) for item in customers}


def remember(ledger: Ledger, customer: str) -> Memory:
    """Return what the ledger knows of a customer."""
    open_on: dict[str, str] = {}
    for effect in ledger.open_effects(customer):
        for target in effect.targets:
            open_on[target.reservation_id] = effect.kind
    return Memory(
        refunds=ledger.refunds(customer),
        spent=ledger.spent_requests(customer),
        open=open_on,
        successors=ledger.successors(customer),
        protections=ledger.protections(customer),
    )


def _policies_digest(config: Config) -> str:
    """Return the SHA-256 over the policy files' names and bytes."""
    digest = hashlib.sha256()
    folder = config.root / config.policies
    for path in sorted(folder.rglob("*.y*ml")) if folder.is_dir() else ():
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return "sha256:" + digest.hexdigest()

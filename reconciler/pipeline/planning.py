"""The straight line of plan: read, compare, quote, plan."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from reconciler.actions.kind import Proposal
from reconciler.config import Config
from reconciler.errors import ProviderError
from reconciler.model import current, desired
from reconciler.model.coverage import EstateRef
from reconciler.model.finding import Severity
from reconciler.model.inputs import ExchangeQuote, Memory, NoQuote, Quote, RefundQuote, Refusal
from reconciler.model.plan import Plan, Target
from reconciler.pipeline.asking import Request, instant, read_current, read_desired, selected
from reconciler.pipeline.judging import governed, policies_of
from reconciler.pipeline.remembering import memories
from reconciler.pipeline.scoping import with_scopes
from reconciler.planner.build import Question, Quotes, build_plan
from reconciler.providers import LiveProvider, Provider, QuoteAsked
from reconciler.rulebooks import built_in, load_rulebook
from reconciler.rules.rulebook import Rulebook

# A quote can make a return smaller, which needs another quote; figures settle at once,
# and the bound only keeps a service that contradicts itself from being asked for ever.
QUOTE_ROUNDS = 5


def question_of(request: Request, provider: Provider) -> Question:
    """Read all that a plan follows from, but the quotes."""
    config = request.config
    state = read_desired(request)
    rulebook = load_rulebook(config.rulebook, config.root)
    request = selected(request, provider, state)
    estate = read_current(request, provider, state)
    live = isinstance(provider, LiveProvider)
    return Question(
        state=state,
        estate=estate,
        rulebook=rulebook,
        alternatives=alternatives(rulebook, config) if live else (),
        memories=_memories(config, provider, state, estate),
        instant=instant(request, provider),
        lifetime=config.expires_after,
        policies=_policies_digest(config),
        selection=request.selection,
        accepted=request.accepted,
        limits=config.limits,
        deadlines_within=config.deadlines_within,
        source=None if live else EstateRef(taken_at=estate.taken_at, complete=estate.complete),
        longest=config.max_estate_age,
    )


def plan(request: Request, provider: Provider) -> Plan:
    """Return what apply would do, what it costs, and what forbids it."""
    policies = policies_of(request.config)
    question = question_of(request, provider)
    quotes: Quotes = {}

    def made(question: Question) -> tuple[Question, Plan]:
        # A what-if asks for quotes as well: they tell what is consumed of the cap.
        if isinstance(provider, LiveProvider) and request.quote:
            return _quoted(question, provider, request.scopes, quotes)
        return question, build_plan(question, {}).plan

    return governed(question, policies, made)


def _memories(config: Config, provider: Provider, state: desired.State, estate: current.Estate) -> dict[str, Memory]:
    """Return what the ledger knows of each customer, and how its support requests stand; nothing of a snapshot's."""
    if not isinstance(provider, LiveProvider):
        return {}
    known = memories(config, list(estate.customers.values()))
    return {item.name: _asked_again(provider, item, known[item.name]) for item in state.customers if item.name in known}


def _asked_again(provider: LiveProvider, customer: desired.Customer, memory: Memory) -> Memory:
    tickets = {ticket.name: ticket for ticket in memory.requests.values()}
    for name in tickets:
        # What cannot be looked at stands as it stood last: a plan does not end for that.
        with suppress(ProviderError):
            tickets[name] = provider.look_at_request(customer, name) or tickets[name]
    requests = {guid: tickets[ticket.name] for guid, ticket in memory.requests.items()}
    return msgspec.structs.replace(memory, requests=requests)


def alternatives(rulebook: Rulebook, config: Config) -> tuple[Rulebook, ...]:
    """Return the other rulebooks that ship: one of them may explain a quote that ours does not."""
    return tuple(load_rulebook(name, config.root) for name in built_in() if name != rulebook.id)


def _quoted(question: Question, provider: LiveProvider, scopes: bool, quotes: Quotes) -> tuple[Question, Plan]:
    """Return the plan with what the service says of it, and what was asked to get there; *quotes* grow."""
    answer = build_plan(question, quotes)
    # Scopes do not change with what policies refuse, so that they are asked about once.
    asked = question if question.scopes else with_scopes(question, answer.plan, provider, in_force=scopes)
    if asked is not question:
        question, answer = asked, build_plan(asked, quotes)
    for _ in range(QUOTE_ROUNDS):
        if not answer.wishes:
            break
        given = provider.quote_each([_question(customer, proposal) for customer, (_, proposal) in answer.wishes])
        for (customer, (key, _)), quote in zip(answer.wishes, given, strict=True):
            quotes.setdefault(customer.name, {})[key] = _answer(quote)
        answer = build_plan(question, quotes)
    return question, answer.plan


def _question(customer: desired.Customer, proposal: Proposal) -> QuoteAsked:
    exchange = proposal.action.action == "exchange"
    purchases = (proposal.action.purchases or ()) if exchange else None
    return QuoteAsked(customer=customer, returns=quoted_returns(proposal), purchases=purchases)


def _answer(given: RefundQuote | ExchangeQuote | ProviderError) -> Quote:
    """Return a quote; one that cannot be had blocks its action, and no other."""
    if isinstance(given, ProviderError):
        return NoQuote(refusals=(Refusal(given.code or "unavailable", str(given)),))
    return given


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


def _policies_digest(config: Config) -> str:
    """Return the SHA-256 over the policy files' names and bytes."""
    digest = hashlib.sha256()
    folder = config.root / config.policies
    for path in sorted(folder.rglob("*.y*ml")) if folder.is_dir() else ():
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return "sha256:" + digest.hexdigest()

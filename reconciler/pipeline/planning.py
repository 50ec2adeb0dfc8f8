"""The straight line of plan: read, compare, quote, plan."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import msgspec

from reconciler.actions.kind import Proposal
from reconciler.config import Config
from reconciler.errors import ProviderError, UsageError
from reconciler.model import current, desired
from reconciler.model.coverage import EstateRef
from reconciler.model.finding import Severity
from reconciler.model.inputs import ExchangeQuote, Memory, NoQuote, Quote, RefundQuote, Refusal
from reconciler.model.plan import Plan, Target
from reconciler.pipeline.asking import Request, instant, read_current, read_desired, selected
from reconciler.pipeline.executing import DASK
from reconciler.pipeline.framing import alternatives, frame_of
from reconciler.pipeline.judging import governed, policies_of
from reconciler.pipeline.remembering import memories
from reconciler.pipeline.scoping import with_scopes
from reconciler.pipeline.shares import shared_plan
from reconciler.planner.build import Question, Quotes, build_plan
from reconciler.policies.verdicts import Blocks
from reconciler.providers import Filed, LiveProvider, Provider, QuoteAsked
from reconciler.rulebooks import load_rulebook

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
    memories = _memories(config, provider, state, estate)
    return msgspec.structs.replace(
        frame_of(request, rulebook, instant(request, provider)),
        state=state,
        estate=estate,
        memories=memories,
        alternatives=alternatives(rulebook, config) if live else (),
        source=None if live else EstateRef(taken_at=estate.taken_at, complete=estate.complete),
    )


def plan(request: Request, provider: Provider) -> Plan:
    """Return what apply would do, what it costs, and what forbids it."""
    policies = policies_of(request.config)
    if request.engine.executor == DASK and not isinstance(provider, Filed):
        raise UsageError("--executor dask: what is read from Azure is planned here; a cluster plans from --estate FILE")
    found = shared_plan(request, provider, policies) if isinstance(provider, Filed) else None
    if found is not None:
        return found
    question = question_of(request, provider)
    quotes: Quotes = {}

    def made(blocks: Blocks) -> Plan:
        nonlocal question
        question = msgspec.structs.replace(question, blocks=blocks)
        # A what-if asks for quotes as well: they tell what is consumed of the cap.
        if isinstance(provider, LiveProvider) and request.quote:
            question, plan = _quoted(question, provider, request.scopes, quotes)
            return plan
        return build_plan(question, {}).plan

    return governed(policies, made)


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

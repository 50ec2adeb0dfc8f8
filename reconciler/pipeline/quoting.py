"""A group of customers planned, with what the service is asked on the way: scopes, and quotes until none is lacking."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from reconciler.actions.kind import Proposal
from reconciler.errors import InvalidDocuments, ProviderError
from reconciler.model import desired
from reconciler.model.finding import Problem
from reconciler.model.inputs import ExchangeQuote, NoQuote, Quote, RefundQuote, Refusal
from reconciler.model.plan import Action, Target
from reconciler.pipeline.scoping import with_scopes
from reconciler.planner.assembling import Portion
from reconciler.planner.build import Question, Quotes, Wishes, portion_of
from reconciler.providers import LiveProvider, QuoteAsked

# A quote can make a return smaller, which needs another quote; figures settle at once,
# and the bound only keeps a service that contradicts itself from being asked for ever.
QUOTE_ROUNDS = 5


class Case(msgspec.Struct, kw_only=True):
    """One customer: what is asked about it alone, the quotes known so far, and what comes of it.

    It has no ``portion`` where there are ``problems``: mistakes that only show beside Azure's state.
    """

    question: Question
    quotes: Quotes = {}
    portion: Portion | None = None
    wishes: Wishes = ()
    problems: Sequence[Problem] = ()

    @property
    def name(self) -> str:
        """Return the customer's name."""
        return self.question.state.customers[0].name

    @property
    def actions(self) -> list[Action]:
        """Return what is planned for it."""
        parts = self.portion.customers if self.portion else ()
        return [action for part in parts for action in part.actions]

    def plan(self) -> None:
        """Work out what follows from all that is known."""
        try:
            self.portion, self.wishes = portion_of(self.question, self.quotes)
        except InvalidDocuments as error:
            self.portion, self.wishes, self.problems = None, (), error.problems


def look_at_scopes(cases: Sequence[Case], provider: LiveProvider, in_force: bool) -> None:
    """Ask about the scopes that planned *cases* want, and those *in_force* where that is wanted; plan them again."""
    for case in cases:
        question = with_scopes(case.question, case.actions, provider, in_force)
        if question is not case.question:
            case.question = question
            case.plan()


def look_at_quotes(cases: Sequence[Case], provider: LiveProvider) -> None:
    """Ask for the quotes that planned *cases* lack, all of a round at a time, and plan again what was answered."""
    for _ in range(QUOTE_ROUNDS):
        cases = [case for case in cases if case.wishes]
        asked = [(case, customer, *wish) for case in cases for customer, wish in case.wishes]
        if not asked:
            return
        given = provider.quote_each([_question(customer, proposal) for _, customer, _, proposal in asked])
        for (case, customer, key, _), answer in zip(asked, given, strict=True):
            case.quotes.setdefault(customer.name, {})[key] = _answer(answer)
        for case in cases:
            case.plan()


def _question(customer: desired.Customer, proposal: Proposal) -> QuoteAsked:
    exchange = proposal.action.action == "exchange"
    purchases = (proposal.action.purchases or ()) if exchange else None
    return QuoteAsked(customer=customer, returns=_returns(proposal), purchases=purchases)


def _answer(given: RefundQuote | ExchangeQuote | ProviderError) -> Quote:
    """Return a quote; one that cannot be had blocks its action, and no other."""
    if isinstance(given, ProviderError):
        return NoQuote(refusals=(Refusal(given.code or "unavailable", str(given)),))
    return given


def _returns(proposal: Proposal) -> Sequence[tuple[Target, int]]:
    """Return what a proposal gives back: each reservation and how many of its units."""
    action = proposal.action
    if action.returns is not None:
        return [(item.reservation, item.money.quantity) for item in action.returns]
    assert action.money is not None
    return [(proposal.pairs[0].target, action.money.quantity)]

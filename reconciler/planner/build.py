"""The plan of customers that are there together: each one's part, and the whole."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from reconciler.actions.kind import QuoteKey, View
from reconciler.errors import InvalidDocuments
from reconciler.model import current, desired
from reconciler.model.coverage import EstateRef
from reconciler.model.inputs import Accepted, Instant, Memory, Quote, ScopeAnswers, Selection
from reconciler.model.limits import Limits
from reconciler.model.plan import Inputs, Plan, RulebookRef
from reconciler.planner.assembling import Portion, Whole, assemble
from reconciler.planner.customers import Part, Wish, plan_customer
from reconciler.planner.deadlines import with_deadlines
from reconciler.planner.looking import view_of
from reconciler.planner.match import Match, match
from reconciler.policies.limits import cap_share, raised
from reconciler.policies.verdicts import Blocks
from reconciler.rules.rulebook import Rulebook

# The quotes known so far, by customer: what Microsoft says of one is never counted for another.
Quotes = dict[str, dict[QuoteKey, Quote]]
# The quotes that a plan still lacks, each with its customer.
Wishes = tuple[tuple[desired.Customer, Wish], ...]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a plan follows from, but the quotes; ``scopes`` is by the customer's name.

    ``blocks`` are the actions that policies refused: what they leave of the cap is there for others.
    ``source`` is the estate file that stands for Azure, ``longest`` how old it may be.
    """

    state: desired.State
    estate: current.Estate
    rulebook: Rulebook
    alternatives: tuple[Rulebook, ...]
    memories: dict[str, Memory]
    instant: Instant
    lifetime: timedelta
    policies: str
    selection: Selection = Selection()
    accepted: Accepted = Accepted()
    limits: Limits = Limits()
    scopes: dict[str, ScopeAnswers] = {}
    blocks: Blocks = {}
    deadlines_within: timedelta = timedelta(days=30)
    source: EstateRef | None = None
    longest: timedelta | None = None

    @property
    def allowed(self) -> Limits:
        """Return the limits as raised by what was accepted."""
        return raised(self.limits, self.accepted)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, and the quotes it still lacks, each with its customer."""

    plan: Plan
    wishes: Wishes


def build_plan(question: Question, quotes: Quotes) -> Answer:
    """Return the plan that follows from *question* and the *quotes* known so far.

    Errors: InvalidDocuments for mistakes that only show beside Azure's state.
    """
    portion, wishes = portion_of(question, quotes)
    return Answer(plan=assemble(whole_of(question), [portion]), wishes=wishes)


def portion_of(question: Question, quotes: Quotes) -> tuple[Portion, Wishes]:
    """Return what the selected customers bring to the plan, and the quotes that it still lacks.

    Errors: as those of ``build_plan``.
    """
    customers = [customer for customer in question.state.customers if question.selection.has_customer(customer.name)]
    parts = [(customer, *_part(question, customer, quotes.get(customer.name, {}))) for customer in customers]
    problems = sorted({problem for _, _, part in parts for problem in part.problems})
    if problems:
        raise InvalidDocuments(problems)
    portion = Portion(
        customers=tuple(part.plan for _, _, part in parts),
        findings=tuple(note for _, found, part in parts for note in (*found.findings, *part.findings)),
        unchanged=sum(found.unchanged for _, found, _ in parts),
        unmanaged=tuple(item for _, found, _ in parts for item in found.unmanaged),
    )
    return portion, tuple((customer, wish) for customer, _, part in parts for wish in part.wishes)


def whole_of(question: Question) -> Whole:
    """Return what is the same for all customers of a plan."""
    state = question.state
    return Whole(
        instant=question.instant,
        lifetime=question.lifetime,
        rulebook=RulebookRef(id=question.rulebook.id, digest=question.rulebook.digest),
        inputs=Inputs(
            files=state.files,
            desired=state.digest,
            current="",
            policies=question.policies,
            changed_since=state.coverage or msgspec.UNSET,
            shard=state.shard or msgspec.UNSET,
            estate=question.source or msgspec.UNSET,
        ),
        accepted=question.accepted,
        limits=question.allowed,
        longest=question.longest,
    )


def matched(question: Question, customer: desired.Customer, quotes: dict[QuoteKey, Quote]) -> tuple[Match, View]:
    """Return a customer's entries beside what Azure holds, and all that is known of it when actions are proposed."""
    held = question.estate.customers[customer.tenant_id]
    memory = question.memories.get(customer.name, Memory())
    if held.complete:
        found = match(customer, held, memory, question.selection)
    else:
        found = Match(pairs=(), standing=(), unchanged=0, unmanaged=(), findings=())
    view = msgspec.structs.replace(
        view_of(customer, held, memory, question.rulebook, question.instant.day),
        pairs=found.pairs,
        quotes=quotes,
        alternatives=question.alternatives,
        what_if=question.instant.what_if,
        scopes=question.scopes.get(customer.name, {}),
    )
    return found, view


def _part(question: Question, customer: desired.Customer, quotes: dict[QuoteKey, Quote]) -> tuple[Match, Part]:
    found, view = matched(question, customer, quotes)
    share = cap_share(question.allowed)
    part = plan_customer(view, question.accepted, question.selection, share, question.blocks)
    told = with_deadlines(view, found.standing, part.plan, question.deadlines_within)
    return found, msgspec.structs.replace(part, plan=told)

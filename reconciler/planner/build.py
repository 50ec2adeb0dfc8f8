"""The whole plan: every customer's part, summed and signed."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import msgspec

from reconciler.actions import kinds
from reconciler.actions.kind import QuoteKey, View
from reconciler.errors import InvalidDocuments
from reconciler.estate.digest import current_digest
from reconciler.model import current, desired
from reconciler.model.coverage import EstateRef
from reconciler.model.finding import Finding, Severity
from reconciler.model.inputs import Accepted, Instant, Memory, Quote, ScopeAnswers, Selection
from reconciler.model.limits import Limits
from reconciler.model.money import Money
from reconciler.model.plan import Acceptance, Action, Inputs, Plan, RulebookRef, Status, Summary, Totals
from reconciler.model.signing import sign
from reconciler.planner.covering import ageing, removals
from reconciler.planner.customers import Part, Wish, plan_customer
from reconciler.planner.deadlines import with_deadlines
from reconciler.planner.looking import view_of
from reconciler.planner.match import Match, match
from reconciler.policies.limits import breaches, cap_share, raised
from reconciler.policies.verdicts import Blocks, Rulings
from reconciler.rules.rulebook import Rulebook

# The quotes known so far, by customer: what Microsoft says of one is never counted for another.
Quotes = dict[str, dict[QuoteKey, Quote]]


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
    wishes: tuple[tuple[desired.Customer, Wish], ...]


def build_plan(question: Question, quotes: Quotes) -> Answer:
    """Return the plan that follows from *question* and the *quotes* known so far.

    Errors: InvalidDocuments for mistakes that only show beside Azure's state.
    """
    customers = [customer for customer in question.state.customers if question.selection.has_customer(customer.name)]
    parts: list[tuple[desired.Customer, Match, Part]] = []
    for customer in customers:
        found, part = _part(question, customer, quotes.get(customer.name, {}))
        parts.append((customer, found, part))
    problems = sorted({problem for _, _, part in parts for problem in part.problems})
    if problems:
        raise InvalidDocuments(problems)
    plan = _assemble(question, [(found, part) for _, found, part in parts])
    wishes = tuple((customer, wish) for customer, _, part in parts for wish in part.wishes)
    return Answer(plan=sign(plan), wishes=wishes)


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


def _assemble(question: Question, parts: Sequence[tuple[Match, Part]]) -> Plan:
    instant = question.instant
    customers = tuple(part.plan for _, part in parts)
    actions = [action for customer in customers for action in customer.actions]
    read = sorted((customer for customer in customers if customer.complete), key=lambda item: item.tenant_id)
    refusals = breaches(customers, question.allowed)
    aged = ageing(question.source, instant, question.longest)
    refusals += [aged] if aged and aged.severity is Severity.DENY else []
    findings = refusals + [note for found, part in parts for note in (*found.findings, *part.findings)]
    findings += [*removals(question.state.coverage), *([aged] if aged and aged not in refusals else [])]
    return Plan(
        plan_id=str(uuid.uuid4()),
        created_at=instant.created_at,
        expires_at=instant.created_at + question.lifetime,
        at=instant.at,
        what_if=instant.what_if,
        rulebook=RulebookRef(id=question.rulebook.id, digest=question.rulebook.digest),
        inputs=Inputs(
            files=question.state.files,
            desired=question.state.digest,
            current=current_digest(customer.current for customer in read),
            policies=question.policies,
            changed_since=question.state.coverage or msgspec.UNSET,
            estate=question.source or msgspec.UNSET,
        ),
        accepted=tuple(
            Acceptance(name=name, value=value or None) for name, value in sorted(question.accepted.values.items())
        ),
        applyable=not refusals and any(action.status is Status.READY for action in actions),
        complete=all(customer.complete for customer in customers),
        summary=_summary(actions, [found for found, _ in parts]),
        customers=customers,
        unmanaged=tuple(item for found, _ in parts for item in found.unmanaged),
        findings=_sorted(findings),
    )


def ruled(plan: Plan, said: Rulings) -> Plan:
    """Return *plan* with what policies say of it: refused where they refuse the run, or with approvals demanded."""
    if not (said.refusals or said.notes):
        return plan
    plan = msgspec.structs.replace(
        plan,
        applyable=plan.applyable and not said.refusals,
        approvals=said.approvals,
        findings=_sorted([*plan.findings, *said.refusals, *said.notes]),
    )
    return sign(plan)


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    rank = {Severity.DENY: 0, Severity.WARNING: 1, Severity.INFO: 2}
    unique = {(note.fingerprint, note.location): note for note in findings}
    return tuple(
        sorted(unique.values(), key=lambda note: (rank[note.severity], note.address or "", note.code, note.message))
    )


def _summary(actions: Sequence[Action], matches: Sequence[Match]) -> Summary:
    ready = [action for action in actions if action.status is Status.READY]
    counts = Counter(kinds()[action.action].counted for action in ready)
    counts.update(str(action.status) for action in actions if action.status is not Status.READY)
    return Summary(
        **counts,
        unchanged=sum(found.unchanged for found in matches),
        unmanaged=sum(len(found.unmanaged) for found in matches),
        totals=_totals(ready),
    )


def _totals(ready: Sequence[Action]) -> tuple[Totals, ...]:
    sums: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for action in ready:
        if action.money is None:
            continue
        nothing = Money.zero(action.money.credit.currency)
        row = sums[nothing.currency]
        for name in ("credit", "fee", "refund", "net_payable", "cash_now"):
            amount = getattr(action.money, name) or nothing
            row[name] = row.get(name, nothing.amount) + amount.amount
    return tuple(Totals(currency=currency, **row) for currency, row in sorted(sums.items()))

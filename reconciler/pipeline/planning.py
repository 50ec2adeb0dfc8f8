"""The straight line of plan: read, compare, quote, plan; a group of customers at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from reconciler.errors import InvalidDocuments, UsageError
from reconciler.model.coverage import EstateRef
from reconciler.model.finding import Problem, Severity
from reconciler.model.plan import Plan, Status
from reconciler.pipeline.asking import Request
from reconciler.pipeline.executing import DASK
from reconciler.pipeline.grouping import groups, question_of
from reconciler.pipeline.judging import governed, policies_of
from reconciler.pipeline.quoting import Case, look_at_quotes, look_at_scopes
from reconciler.pipeline.shares import shared_plan
from reconciler.planner.assembling import Portion, assemble
from reconciler.planner.build import Question, whole_of
from reconciler.policies.policy import Policy
from reconciler.policies.verdicts import NO_BLOCKS, Blocks
from reconciler.providers import Filed, LiveProvider, Provider


def plan(request: Request, provider: Provider) -> Plan:
    """Return what apply would do, what it costs, and what forbids it."""
    policies = policies_of(request.config)
    if request.engine.executor == DASK and not isinstance(provider, Filed):
        raise UsageError("--executor dask: what is read from Azure is planned here; a cluster plans from --estate FILE")
    found = shared_plan(request, provider, policies) if isinstance(provider, Filed) else None
    return found or grouped_plan(request, provider, policies)


def grouped_plan(request: Request, provider: Provider, policies: Sequence[Policy]) -> Plan:
    """Return the plan of *request*, made a group of customers at a time.

    Errors: InvalidDocuments with every mistake of the files, or else with all beside Azure's state; PolicyError;
            UsageError.
    """
    question = question_of(request, provider)
    live = provider if isinstance(provider, LiveProvider) else None
    parts = _Parts(live if request.quote else None, in_force=request.scopes, policed=bool(policies))
    # No name for a group: it would be held while the next one is read.
    for _ in map(parts.add, groups(question, request.config, provider)):
        pass

    def made(blocks: Blocks) -> Plan:
        parts.refuse(blocks)
        portions = parts.portions()
        source = None if live else _source(provider, portions)
        return assemble(whole_of(msgspec.structs.replace(question, source=source)), portions)

    return governed(policies, made)


class _Parts:
    """What the groups bring to a plan, and no more of a customer but where policies may refuse what is ready of it.

    A service that is *asked* says what it thinks of returns, of new scopes and, where wanted, of those *in_force*.
    """

    def __init__(self, asked: LiveProvider | None, *, in_force: bool, policed: bool) -> None:
        self._asked = asked
        self._in_force = in_force
        self._policed = policed
        self._portions: dict[str, Portion] = {}
        self._kept: dict[str, Case] = {}
        self._problems: set[Problem] = set()
        self._blocks = NO_BLOCKS

    def add(self, group: Iterable[Question]) -> None:
        """Plan a group with what the service says of it."""
        cases = [Case(question=item) for item in group]
        for case in cases:
            case.plan()
            self._problems.update(case.problems)
        # With a mistake there is no plan; what remains is read for the sake of all other mistakes.
        if self._asked and not self._problems:
            look_at_scopes(cases, self._asked, self._in_force)
            look_at_quotes(cases, self._asked)
        self._take(cases)

    def refuse(self, blocks: Blocks) -> None:
        """Plan those again of whom policies refuse more than they did; only quotes that are new are asked for."""
        names = {item.customer for item in blocks.keys() - self._blocks.keys()}
        cases = [case for name, case in self._kept.items() if name in names]
        self._blocks = blocks
        for case in cases:
            case.question = msgspec.structs.replace(case.question, blocks=blocks)
            case.plan()
        if self._asked:
            look_at_quotes(cases, self._asked)
        self._take(cases)

    def portions(self) -> tuple[Portion, ...]:
        """Return what everybody brings, by name. Errors: InvalidDocuments."""
        if self._problems:
            raise InvalidDocuments(sorted(self._problems))
        return tuple(portion for _, portion in sorted(self._portions.items()))

    def _take(self, cases: Iterable[Case]) -> None:
        for case in cases:
            self._problems.update(case.problems)
            if case.portion:
                self._portions[case.name] = case.portion
            if self._policed and any(action.status is Status.READY for action in case.actions):
                self._kept[case.name] = case


def _source(provider: Provider, portions: Sequence[Portion]) -> EstateRef:
    complete = all(part.complete for portion in portions for part in portion.customers)
    return EstateRef(taken_at=provider.now(), complete=complete)


def exit_code(plan: Plan, *, detailed: bool) -> int:
    """Return the exit code of a plan: 7 incomplete, 3 refused or blocked, 2 ready (detailed only), 0."""
    if not plan.complete:
        return 7
    if plan.summary.blocked or any(note.severity is Severity.DENY for note in plan.findings):
        return 3
    return 2 if detailed and plan.applyable else 0

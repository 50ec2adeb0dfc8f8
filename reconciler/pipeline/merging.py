"""Plans of shards put together: the plan that one run would have made of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from reconciler.config import Config
from reconciler.errors import LimitExceeded, PlanRefused
from reconciler.model.coverage import Coverage, EstateRef
from reconciler.model.finding import Finding, Severity
from reconciler.model.inputs import Accepted, Instant
from reconciler.model.plan import Inputs, Plan
from reconciler.model.sharding import ShardRef
from reconciler.pipeline.framing import policies_digest
from reconciler.pipeline.judging import policies_of, ruled_by
from reconciler.planner.assembling import Portion, Whole, assemble, ruled
from reconciler.policies.limits import raised
from reconciler.policies.policy import CODES

# What must be the same in all, and what it is called.
_ALIKE: tuple[tuple[str, Callable[[Plan], object]], ...] = (
    ("the number of shards", lambda plan: _shard(plan).of),
    ("the files of the desired state", lambda plan: _shard(plan).desired),
    ("the rulebook", lambda plan: plan.rulebook),
    ("the policies", lambda plan: plan.inputs.policies),
    ("what was accepted", lambda plan: plan.accepted),
    ("being a what-if or not", lambda plan: plan.what_if),
    # Every rule reads the day, and jobs do not start in the same second; a what-if names its instant.
    ("the day", lambda plan: plan.at if plan.what_if else plan.at.date()),
    ("where the current state was read from", lambda plan: bool(plan.inputs.estate)),
    ("what it was compared with", lambda plan: _compared(plan.inputs.changed_since or None)),
)
# Said of a run as a whole, and said again of all of it.
_OF_THE_RUN = ("estate.old", "customer.removed")


def merge(plans: Sequence[Plan], config: Config) -> Plan:
    """Return the one plan of all shards, with the content that a run without shards would have.

    Limits and policies are held against the whole: what each shard keeps, all together may break.

    Errors: PlanRefused if the plans do not belong together or one is missing; PolicyError;
            LimitExceeded if a policy refuses an action only where it sees all of them.
    """
    _require_whole(plans)
    plan = assemble(_whole(plans, config), [_portion(item) for item in plans])
    if plan.inputs.policies != policies_digest(config):
        raise PlanRefused("the policies are not those that the plans were made under; plan again")
    policies = policies_of(config)
    said = ruled_by(policies, plan, plan.at)
    if said.blocks:
        subject, ((code, _), *_) = next(iter(said.blocks.items()))
        more = f" and {len(said.blocks) - 1} more" if len(said.blocks) > 1 else ""
        text = f"{code} refuses {subject.address}{more} where it sees all shards together, and did not in its own"
        raise LimitExceeded(f"{text}; what it leaves of the cap is planned only without --shard")
    return ruled(plan, said)


def _require_whole(plans: Sequence[Plan]) -> None:
    """Refuse plans that do not belong together."""
    for plan in plans:
        if not plan.inputs.shard:
            raise PlanRefused(f"plan {plan.plan_id} is not one of a shard (--shard); it is whole already")
    first = plans[0]
    for plan in plans[1:]:
        for what, read in _ALIKE:
            if read(plan) != read(first):
                names = f"the plans of shards {_shard(first)} and {_shard(plan)}"
                raise PlanRefused(f"{names} do not belong together: they differ in {what}; plan all of one commit")
    counts = Counter(_shard(plan).number for plan in plans)
    twice = [number for number, count in counts.items() if count > 1]
    missing = [number for number in range(1, _shard(first).of + 1) if number not in counts]
    for numbers, what in ((twice, "is there twice"), (missing, "is missing")):
        if numbers:
            more = f" and {len(numbers) - 1} more" if len(numbers) > 1 else ""
            raise PlanRefused(f"the plan of shard {numbers[0]}/{_shard(first).of}{more} {what}; give each shard's once")
    for read in (lambda part: part.name, lambda part: part.tenant_id):
        named = Counter(read(part) for plan in plans for part in plan.customers)
        common = [name for name, count in named.items() if count > 1]
        if common:
            raise PlanRefused(f"{common[0]} is in two of the plans; plan all of one commit")


def _whole(plans: Sequence[Plan], config: Config) -> Whole:
    first, accepted = plans[0], Accepted(values={item.name: item.value or "" for item in plans[0].accepted})
    created = min(plan.created_at for plan in plans)
    return Whole(
        # The latest instant, by which the estate is oldest; and the earliest end.
        instant=Instant(at=max(plan.at for plan in plans), created_at=created, what_if=first.what_if),
        lifetime=min(plan.expires_at for plan in plans) - created,
        rulebook=first.rulebook,
        inputs=Inputs(
            files=tuple(sorted(name for plan in plans for name in plan.inputs.files)),
            desired=_shard(first).desired,
            current="",
            policies=first.inputs.policies,
            changed_since=_coverage(plans) or msgspec.UNSET,
            estate=_estate(plans) or msgspec.UNSET,
        ),
        accepted=accepted,
        limits=raised(config.limits, accepted),
        longest=config.max_estate_age,
    )


def _portion(plan: Plan) -> Portion:
    return Portion(
        customers=plan.customers,
        findings=tuple(note for note in plan.findings if not _is_of_the_run(note)),
        unchanged=plan.summary.unchanged,
        unmanaged=plan.unmanaged,
    )


def _is_of_the_run(note: Finding) -> bool:
    """Say whether a finding is about more than an action, so that it is made again of all shards together."""
    if note.code.startswith(CODES):  # what a policy says of an action that it does not refuse is judged again too
        return note.severity is not Severity.DENY or note.address is None
    return note.code in _OF_THE_RUN or (note.code.startswith("limit.") and "/" not in (note.address or ""))


def _coverage(plans: Sequence[Plan]) -> Coverage | None:
    parts = [plan.inputs.changed_since for plan in plans if plan.inputs.changed_since]
    if not parts:
        return None
    removed = sorted((item for part in parts for item in part.removed), key=lambda item: item.file)
    return msgspec.structs.replace(parts[0], read=sum(part.read for part in parts), removed=tuple(removed))


def _compared(coverage: Coverage | None) -> object:
    return coverage and (coverage.revision, coverage.bases, coverage.files, coverage.because)


def _estate(plans: Sequence[Plan]) -> EstateRef | None:
    """Return the estate files that the shards were planned from, as one: as old as the oldest."""
    parts = [plan.inputs.estate for plan in plans if plan.inputs.estate]
    if not parts:
        return None
    return EstateRef(taken_at=min(part.taken_at for part in parts), complete=all(part.complete for part in parts))


def _shard(plan: Plan) -> ShardRef:
    assert plan.inputs.shard  # as was required of each
    return plan.inputs.shard

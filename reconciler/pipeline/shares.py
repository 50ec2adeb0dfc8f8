"""A plan from files and an estate file, share by share.

A share is some customers' files and what the estate file holds of their tenants. It is read,
compared and planned by itself, wherever that is, and dropped: memory is bounded by a share,
and a plan by what is to be done. Where shares come together, here, is all that no share can
see: what two of them claim, limits, policies, digests, order.

This is the way of clean input. As soon as anything is wrong, anywhere, there is no shared
plan: the one reader that sees everything (``grouping.question_of``) tells every mistake.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from reconciler import desired as desired_files
from reconciler.cache.store import store_in
from reconciler.errors import ReconcilerError, UsageError
from reconciler.model import desired
from reconciler.model.coverage import EstateRef
from reconciler.model.plan import Plan
from reconciler.pipeline.asking import Request, due_in, instant, named
from reconciler.pipeline.executing import DASK, cores, crew
from reconciler.pipeline.framing import frame_of
from reconciler.pipeline.judging import governed
from reconciler.pipeline.keeping import cache_of
from reconciler.pipeline.sharding import dealt, is_claimed_beside, shard_ref
from reconciler.pipeline.working import Each, Work
from reconciler.planner.assembling import Portion, assemble
from reconciler.planner.build import Question, portion_of, whole_of
from reconciler.policies.policy import Policy
from reconciler.policies.verdicts import NO_BLOCKS, Blocks
from reconciler.providers import Filed
from reconciler.rulebooks import load_rulebook

# As many files as are read, planned and dropped together: memory is bounded by their part of the estate.
_LARGEST = 100
# So many shares for each process: the last one to end is not waited for long.
_EACH = 6
# As many workers as a cluster's shares are made for, where nobody says how many there are.
_AFAR = 16
# With fewer files than these, processes save less than they cost: two take 50 ms of CPU to start and to hear,
# and 250 files of twenty reservations each about 240 ms to plan.
_PAYS = 250


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What all shares have in common.

    ``due`` leaves out what no ``notBefore`` put off until the day; ``cache`` is the folder of what
    is kept between runs, None where nothing is.
    """

    question: Question
    provider: Filed
    due: bool
    cache: Path | None = None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One share: its files by name, and what policies refused of its customers."""

    files: dict[str, Path]
    blocks: Blocks = NO_BLOCKS


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one share brings to the plan, and what is to be held against the other shares.

    ``named`` are those names and addresses that were asked for and are here, ``claimed`` the
    texts that no file of another shard may have.
    """

    portion: Portion
    files: tuple[desired_files.FileRead, ...]
    named: frozenset[str] = frozenset()
    claimed: tuple[str, ...] = ()


def shared_plan(request: Request, provider: Filed, policies: Sequence[Policy]) -> Plan | None:
    """Return the plan of *request*; None where it must be made of everything together.

    Errors: PolicyError; UsageError if the cluster that was asked for cannot be used.
    """
    try:
        prepared = _prepared(request, provider)
    except ReconcilerError:
        return None
    if prepared is None:
        return None
    frame, files = prepared
    own, engine = dealt(files, request.selection.shard), request.engine
    jobs = engine.jobs or (cores() if len(own) >= _PAYS else 1)
    if engine.executor == DASK:
        own = {name: path.absolute() for name, path in own.items()}
        jobs = engine.jobs or _AFAR
    tasks = [Task(files=share) for share in _shares(own, jobs)]
    work = Work[Task, Outcome | None](do=plan_share, frame=frame, result=Outcome | None, needs=_needs(provider, own))
    with crew(engine, work, min(jobs, len(tasks) or 1)) as each:
        # Not a collection a share: what one leaves behind is no cycle, and is freed without the collector.
        with desired_files.collector_paused():
            outcomes = _gathered(each, tasks)
        if outcomes is None or not _are_apart(request, outcomes, own):
            return None
        if engine.executor == DASK:
            _require_same(outcomes, own)
        whole = _question(frame, request, outcomes, files)
        return governed(policies, lambda blocks: _planned(each, tasks, outcomes, whole, blocks))


def plan_share(frame: Frame, task: Task) -> Outcome | None:
    """Return what the customers of a share bring to the plan; None where anything is wrong with it."""
    share = desired_files.load_share(task.files, store_in(frame.cache))
    if share is None:
        return None
    state, selection = share.state(), frame.question.selection
    asked = selection.customers | selection.targets | selection.excluded
    if frame.due:
        selection = due_in(state, selection, frame.question.instant.day)
    try:
        with desired_files.collector_paused():
            estate = frame.provider.read([item for item in state.customers if selection.has_customer(item.name)])
            question = msgspec.structs.replace(
                frame.question, state=state, estate=estate, selection=selection, blocks=task.blocks
            )
            portion, _ = portion_of(question, {})
    except ReconcilerError:
        return None
    return Outcome(
        portion=portion,
        files=share.files,
        named=asked & frozenset[str]().union(*named(state)) if asked else asked,
        claimed=tuple(_claimed(state)) if selection.shard else (),
    )


def _prepared(request: Request, provider: Filed) -> tuple[Frame, dict[str, Path]] | None:
    """Return what the shares have in common, and the files of all shards; None where this way is not for *request*."""
    config = request.config
    if request.selection.changed_since is not None or provider.index is None:
        return None
    files = desired_files.files_of(request.paths or (config.root / config.desired,), config.root)
    question = frame_of(request, load_rulebook(config.rulebook, config.root), instant(request, provider))
    # On a cluster the folder is this machine's alone.
    keeps = request.engine.executor != DASK and len(files) >= desired_files.KEPT_FROM
    cache = cache_of(config) if keeps else None
    return Frame(question=question, provider=provider, due=request.due, cache=cache), files


def _shares(files: Mapping[str, Path], jobs: int) -> Iterator[dict[str, Path]]:
    """Deal *files* in the order of their names."""
    size = _LARGEST if jobs == 1 else max(1, min(_LARGEST, len(files) // (jobs * _EACH)))
    names = sorted(files)
    for first in range(0, len(names), size):
        yield {name: files[name] for name in names[first : first + size]}


def _gathered(each: Each[Task, Outcome | None], tasks: Sequence[Task]) -> list[Outcome] | None:
    """Return what every share brings, in the order of *tasks*; None as soon as one cannot."""
    found: dict[int, Outcome] = {}
    for place, outcome in each(tasks):
        if outcome is None:
            return None
        found[place] = outcome
    return [found[place] for place in range(len(tasks))]


def _are_apart(request: Request, outcomes: Sequence[Outcome], own: Mapping[str, Path]) -> bool:
    """Say whether nothing is wrong between the shares, nor with what was asked for by name."""
    selection, config = request.selection, request.config
    known = frozenset[str]().union(*(item.named for item in outcomes))
    if not known >= selection.customers | selection.targets | selection.excluded:
        return False
    if not desired_files.are_apart(file.claims for item in outcomes for file in item.files):
        return False
    claimed = {text for item in outcomes for text in item.claimed}
    paths = request.paths or (config.root / config.desired,)
    return selection.shard is None or not is_claimed_beside(config, own, paths, claimed)


def _require_same(outcomes: Sequence[Outcome], files: Mapping[str, Path]) -> None:
    """Refuse what other machines read if it is not what is here: a plan of nobody's commit. Errors: UsageError."""
    for file in (file for item in outcomes for file in item.files):
        if hashlib.sha256(files[file.name].read_bytes()).digest() != file.digest:
            text = f"a worker read another {file.name} than is here; give all workers the same commit"
            raise UsageError(f"--executor dask: {text}")


def _question(frame: Frame, request: Request, outcomes: Sequence[Outcome], files: Mapping[str, Path]) -> Question:
    """Return what the whole plan is asked, whose states were read elsewhere."""
    read = [(file.name, file.digest) for item in outcomes for file in item.files]
    index = frame.provider.index
    assert index is not None  # or there would be no shares
    complete = all(part.complete for item in outcomes for part in item.portion.customers)
    return msgspec.structs.replace(
        frame.question,
        state=desired.State(
            customers=(),
            digest=desired_files.desired_digest(read),
            files=tuple(sorted(name for name, _ in read)),
            shard=shard_ref(request.selection.shard, files),
        ),
        source=EstateRef(taken_at=index.taken_at, complete=complete),
    )


def _planned(
    each: Each[Task, Outcome | None],
    tasks: Sequence[Task],
    outcomes: list[Outcome],
    whole: Question,
    blocks: Blocks,
) -> Plan:
    """Return the plan, once the shares in which policies refused something are planned again; *outcomes* follow.

    Errors: UsageError if a share is not what it was.
    """
    again: dict[int, Task] = {}
    for place, outcome in enumerate(outcomes):
        names = {part.name for part in outcome.portion.customers}
        refused = {subject: why for subject, why in blocks.items() if subject.customer in names}
        if refused and refused != tasks[place].blocks:
            again[place] = msgspec.structs.replace(tasks[place], blocks=refused)
    places = list(again)
    for number, planned in each(list(again.values())):
        if planned is None or planned.files != outcomes[places[number]].files:
            raise UsageError("the files were written to while they were planned; run this again")
        outcomes[places[number]] = planned
    return assemble(whole_of(whole), [item.portion for item in outcomes])


def _claimed(state: desired.State) -> Iterator[str]:
    for customer in state.customers:
        yield customer.name
        yield customer.tenant_id
        for item in customer.reservations:
            yield item.order_id
            yield item.reservation_id


def _needs(provider: Filed, files: Mapping[str, Path]) -> tuple[Path, ...]:
    """Return what every worker must see: the estate file, and one of the customers' files."""
    index = provider.index
    return (*([index.path] if index else []), *list(files.values())[:1])

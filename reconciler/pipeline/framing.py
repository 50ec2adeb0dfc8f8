"""What a plan is asked, but whose it is: law, policies, limits, day."""

from __future__ import annotations

import hashlib

from reconciler.config import Config
from reconciler.model import current, desired
from reconciler.model.inputs import Instant
from reconciler.pipeline.asking import Request
from reconciler.planner.build import Question
from reconciler.rulebooks import built_in, load_rulebook
from reconciler.rules.rulebook import Rulebook


def frame_of(request: Request, rulebook: Rulebook, moment: Instant) -> Question:
    """Return the question of *request* about nobody: it lacks the desired and the current state."""
    config = request.config
    return Question(
        state=desired.State(customers=(), digest=""),
        estate=current.Estate(taken_at=moment.at, complete=True, customers={}),
        rulebook=rulebook,
        alternatives=(),
        memories={},
        instant=moment,
        lifetime=config.expires_after,
        policies=policies_digest(config),
        selection=request.selection,
        accepted=request.accepted,
        limits=config.limits,
        deadlines_within=config.deadlines_within,
        longest=config.max_estate_age,
    )


def alternatives(rulebook: Rulebook, config: Config) -> tuple[Rulebook, ...]:
    """Return the other rulebooks that ship: one of them may explain a quote that ours does not."""
    return tuple(load_rulebook(name, config.root) for name in built_in() if name != rulebook.id)


def policies_digest(config: Config) -> str:
    """Return the SHA-256 over the policy files' names and bytes."""
    digest = hashlib.sha256()
    folder = config.root / config.policies
    for path in sorted(folder.rglob("*.y*ml")) if folder.is_dir() else ():
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return "sha256:" + digest.hexdigest()

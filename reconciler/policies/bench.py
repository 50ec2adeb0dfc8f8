"""The child process in which policies are judged: ``python -m reconciler.policies.bench``.

It reads all sittings, and writes a line when it has read a sitting's plan, and one for each policy
that it is done with. Whoever started it ends it when that takes too long.
CEL can name nothing but what it is given; beside that, this process has no environment,
may open no file and has bounds on its memory.
"""

from __future__ import annotations

import gc
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import Any, NamedTuple

import msgspec
from cel_expr_python import cel

from reconciler.policies.environment import bound, running
from reconciler.policies.policy import OUT_OF_MEMORY, Expression, Policy, Sitting, Subject, Validation
from reconciler.policies.subjects import subjects
from reconciler.policies.verdicts import Verdict

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

MEMORY = 4 << 30
_LONGEST = 1000
# Nothing of the policies' is at work while a plan is read; the one who waits has patience enough.
_UNBOUND = 3600


class Failure(Exception):
    """An expression could not be worked out."""


class Seen(NamedTuple):
    """A subject, what expressions see of it, and what conditions, by their texts, have said of it so far."""

    subject: Subject
    sight: Any
    answers: dict[str, bool]


def main() -> None:
    """Judge what is on stdin."""
    # Nothing here goes in circles; to look for such among a plan's values took a quarter of all time.
    gc.disable()
    sittings = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[Sitting])
    give_up()
    for sitting in sittings:
        _judge(sitting)


def _judge(sitting: Sitting) -> None:
    _allow(_UNBOUND)
    kinds = {policy.each for policy in sitting.policies}
    known = {each: [Seen(*item, {}) for item in subjects(sitting.plan, sitting.at, each)] for each in kinds}
    _write("ready")
    for policy in sitting.policies:
        _allow(policy.timeout_seconds)
        try:
            _write(list(judged(policy, known[policy.each])))
        except MemoryError:
            # Which of its subjects filled the memory is chance; what is left of the heap is worth nothing.
            os._exit(OUT_OF_MEMORY)


def _write(line: Any) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def give_up() -> None:
    """Give up what judging does not need; a system that has no such bounds keeps the limit of time."""
    if resource is not None:
        for kind, most in (("RLIMIT_FSIZE", 0), ("RLIMIT_NOFILE", 3), ("RLIMIT_CORE", 0), ("RLIMIT_AS", MEMORY)):
            with suppress(AttributeError, ValueError, OSError):
                resource.setrlimit(getattr(resource, kind), (most, most))


def _allow(seconds: int) -> None:
    """Let the system end this process after so many more seconds of the processor."""
    if resource is not None:
        most = math.ceil(time.process_time()) + seconds
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def judged(policy: Policy, known: Sequence[Seen]) -> Iterator[Verdict]:
    """Give what a policy has against each subject."""
    programs = _Programs(policy)
    for seen in known:
        try:
            if _matches(policy, programs, seen):
                yield from _validated(policy, programs, seen)
        except Failure as failure:
            yield Verdict(policy=policy.name, subject=seen.subject, message=str(failure), failed=True)


class _Programs(dict[str, Any]):
    """A policy's expressions, by their texts, compiled when they are first needed."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self._policy = policy
        self.full = cache(partial(bound, policy))

    def __missing__(self, text: str) -> Any:
        self[text] = running(self._policy.each).compile(self.full(text))
        return self[text]

    def worth(self, expression: Expression, sight: Any) -> Any:
        """Return what an expression is worth to one who sees that. Errors: Failure."""
        try:
            value = self[expression.text].eval(sight)
        except RuntimeError as error:
            raise Failure(f"could not be worked out: {_reason(str(error))}") from error
        worth = value.value()
        if not isinstance(worth, bool) and value.type() == cel.Type.ERROR:
            raise Failure(f"could not be worked out: {_reason(str(worth))}")
        return worth

    def holds(self, condition: Expression, seen: Seen) -> bool:
        """Say whether a condition holds, which many policies may ask in the same words. Errors: Failure."""
        text = self.full(condition.text)
        if text not in seen.answers:
            seen.answers[text] = bool(self.worth(condition, seen.sight))
        return seen.answers[text]


def _matches(policy: Policy, programs: _Programs, seen: Seen) -> bool:
    """Say whether a policy is about a subject: a condition that is not true decides, whatever fails beside it."""
    failure = None
    for condition in policy.match_conditions:
        try:
            if not programs.holds(condition.expression, seen):
                return False
        except Failure as found:
            failure = failure or Failure(f"the condition {condition.name} {found}")
    if failure:
        raise failure
    return True


def _validated(policy: Policy, programs: _Programs, seen: Seen) -> Iterator[Verdict]:
    for place, item in enumerate(policy.validations):
        try:
            if programs.worth(item.expression, seen.sight) is True:
                continue
            message, failed = _message(item, programs, seen.sight), False
        except Failure as failure:
            message, failed = f"a validation {failure}", True
        yield Verdict(policy=policy.name, subject=seen.subject, message=message, validation=place, failed=failed)


def _message(item: Validation, programs: _Programs, sight: Any) -> str:
    if item.message_expression:
        with suppress(Failure):
            said = programs.worth(item.message_expression, sight)
            if isinstance(said, str) and said.strip():
                return said[:_LONGEST]
    return item.message or f"not true: {' '.join(item.expression.text.split())[:_LONGEST]}"


def _reason(text: str) -> str:
    """Return CEL's reason without its class, and with words for a bound that is not in the policy."""
    reason = text.partition(": ")[2] or text
    if "Iteration budget exceeded" in reason:
        return "it takes more than 10,000 steps; use all() or exists(), or ask about each customer"
    return reason.removesuffix(" [INTERNAL]")[:_LONGEST]


if __name__ == "__main__":
    main()

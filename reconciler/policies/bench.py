"""The child process in which policies are judged: ``python -m reconciler.policies.bench``.

It reads all sittings, and writes a line when it has read a sitting's plan for a batch of its
policies, and one for each of them that it is done with. Whoever started it ends it when that takes too long.
CEL can name nothing but what it is given; beside that, this process has no environment,
may open no file and has bounds on its memory.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import msgspec
from cel_expr_python import cel

from reconciler.policies.environment import bound, running
from reconciler.policies.policy import BATCH, OUT_OF_MEMORY, Each, Expression, Policy, Sitting, Subject
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


def main() -> None:
    """Judge what is on stdin."""
    sittings = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[Sitting])
    give_up()
    for sitting in sittings:
        for start in range(0, len(sitting.policies), BATCH):
            _judge(sitting, sitting.policies[start : start + BATCH])


def _judge(sitting: Sitting, batch: Sequence[Policy]) -> None:
    _allow(_UNBOUND)
    known = {each: list(subjects(sitting.plan, sitting.at, each)) for each in {policy.each for policy in batch}}
    _write("ready")
    for policy in batch:
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


def judged(policy: Policy, known: list[tuple[Subject, Any]]) -> Iterator[Verdict]:
    """Give what a policy has against each subject."""
    for subject, sight in known:
        try:
            if _matches(policy, sight):
                yield from _validated(policy, subject, sight)
        except Failure as failure:
            yield Verdict(policy=policy.name, subject=subject, message=str(failure), failed=True)


def _matches(policy: Policy, sight: Any) -> bool:
    """Say whether a policy is about a subject: a condition that is not true decides, whatever fails beside it."""
    failure = None
    for condition in policy.match_conditions:
        try:
            if not _worth(policy, condition.expression, sight):
                return False
        except Failure as found:
            failure = failure or Failure(f"the condition {condition.name} {found}")
    if failure:
        raise failure
    return True


def _validated(policy: Policy, subject: Subject, sight: Any) -> Iterator[Verdict]:
    for place, item in enumerate(policy.validations):
        try:
            if _worth(policy, item.expression, sight) is True:
                continue
            message, failed = _message(policy, place, sight), False
        except Failure as failure:
            message, failed = f"a validation {failure}", True
        yield Verdict(policy=policy.name, subject=subject, message=message, validation=place, failed=failed)


def _message(policy: Policy, place: int, sight: Any) -> str:
    item = policy.validations[place]
    if item.message_expression:
        with suppress(Failure):
            said = _worth(policy, item.message_expression, sight)
            if isinstance(said, str) and said.strip():
                return said[:_LONGEST]
    return item.message or f"not true: {' '.join(item.expression.text.split())[:_LONGEST]}"


def _worth(policy: Policy, expression: Expression, sight: Any) -> Any:
    try:
        value = _program(policy, expression).eval(sight)
    except RuntimeError as error:
        raise Failure(f"could not be worked out: {_reason(str(error))}") from error
    if value.type() == cel.Type.ERROR:
        raise Failure(f"could not be worked out: {_reason(str(value.value()))}")
    return value.value()


def _program(policy: Policy, expression: Expression) -> Any:
    return _compiled(policy.each, bound(policy, expression.text))


@cache
def _compiled(each: Each, text: str) -> Any:
    return running(each).compile(text)


def _reason(text: str) -> str:
    """Return CEL's reason without its class, and with words for a bound that is not in the policy."""
    reason = text.partition(": ")[2] or text
    if "Iteration budget exceeded" in reason:
        return "it takes more than 10,000 steps; use all() or exists(), or ask about each customer"
    return reason.removesuffix(" [INTERNAL]")[:_LONGEST]


if __name__ == "__main__":
    main()

"""What the tests of `verify` share: a rulebook as it reads it, and a plan that somebody changed and signed again."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from reconciler.model.plan import Plan
from reconciler.reports.json import plan_bytes
from reconciler.rulebooks import rulebook_file
from reconciler.verify import Flaw, Law, read, verify
from tests.bodies import Body

Step = str | int


@cache
def law(rulebook: str) -> Law:
    """Return a rulebook that ships."""
    source = rulebook_file(rulebook, Path()).read_bytes()
    return Law(yaml.safe_load(source), "sha256:" + hashlib.sha256(source).hexdigest())


def require_sound(plan: Plan) -> None:
    """Fail unless everything in *plan* holds."""
    verdict = verify(read(plan_bytes(plan)), law(plan.rulebook.id))
    assert verdict.flaws == [], verdict.flaws
    assert verdict.compared > 20


def flaws(document: Body, rulebook: str = "csp-2020-08") -> list[Flaw]:
    """Return what does not hold in a plan as it is."""
    written = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return verify(read(written.encode()), law(rulebook)).flaws


def signed(document: Body) -> Body:
    """Return a plan with the digests that it must have: worked out as the contract says, not by our code."""

    def digest(*without: str) -> str:
        kept = {key: value for key, value in signed_.items() if key not in without}
        text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    signed_ = dict(document)
    signed_["contentDigest"] = digest("planId", "createdAt", "expiresAt", "digest", "contentDigest")
    signed_["digest"] = digest("digest")
    return signed_


def changed(document: Body, path: tuple[Step, ...], value: Any) -> Body:
    """Return a plan with another value at one place, signed again."""
    copied: Any = copy.deepcopy(document)
    *steps, last = path
    place = copied
    for step in steps:
        place = place[step]
    place[last] = value
    return signed(copied)


def leaves(value: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """Give every value that is no object and no list, with its place."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path, value

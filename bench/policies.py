"""Measure policies: a hundred of the examples' kind over 10,000 ready actions; print what it takes.

The examples' own files, each many times under names of its own, and a plan whose actions
are of every kind (bench/estates.py). Judged as ``plan`` judges them; see docs/performance.md.

    python bench/policies.py [POLICIES] [ACTIONS]
"""

from __future__ import annotations

import re
import resource
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from estates import write

from reconciler import desired
from reconciler.estate.files import read_estate
from reconciler.model.inputs import Instant
from reconciler.model.plan import CustomerPlan, Plan
from reconciler.planner.build import Question, build_plan
from reconciler.policies.jury import judge
from reconciler.policies.loading import load_policies
from reconciler.rulebooks import load_rulebook

AT = datetime.fromisoformat("2026-11-20T09:00:00Z")
EXAMPLES = Path(__file__).parents[1] / "examples" / "policies"


def main() -> None:
    """Make the plan and the policies, judge, print."""
    count, wanted = (int(text) for text in (*sys.argv[1:], "100", "10000")[:2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan = _plan(folder, wanted)
        _policies(folder / "policies", count)
        policies = load_policies(folder / "policies", folder)
        kinds = Counter(action.action for action in plan.actions() if action.status == "ready")
        print(f"{count} policies, {kinds.total():,} ready actions of {len(plan.customers):,} customers: {dict(kinds)}")
        started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        verdicts = judge(policies, plan, AT)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        print(f"{len(verdicts):,} denials; wall {time.perf_counter() - started:.1f} s, CPU of the children {cpu:.1f} s")
        print(f"the largest child took {used.ru_maxrss / 1024:,.0f} MiB")


def _plan(folder: Path, wanted: int) -> Plan:
    """Return a plan of that many ready actions."""
    write(folder, wanted * 2, 1)
    state, instant = desired.load((folder / "desired",), folder), Instant(at=AT, created_at=AT, what_if=True)
    question = Question(
        state=state,
        estate=read_estate(folder / "estate.json"),
        rulebook=load_rulebook("csp-2020-08", folder),
        alternatives=(),
        memories={},
        instant=instant,
        lifetime=timedelta(hours=24),
        policies="",
    )
    plan = build_plan(question, {}).plan
    return msgspec.structs.replace(plan, customers=tuple(_first(plan, wanted)))


def _first(plan: Plan, wanted: int) -> list[CustomerPlan]:
    """Return as many customers as have that many ready actions, the last one cut off."""
    kept = []
    for customer in plan.customers:
        ready = tuple(action for action in customer.actions if action.status == "ready")[:wanted]
        wanted -= len(ready)
        kept += [msgspec.structs.replace(customer, actions=ready)] if ready else []
    return kept


def _policies(folder: Path, count: int) -> None:
    """Write that many policies: the examples in turn, under names and with values of their own."""
    folder.mkdir()
    examples = [path for path in sorted(EXAMPLES.glob("*.yaml")) if not path.name.endswith(".test.yaml")]
    for number in range(count):
        example = examples[number % len(examples)]
        name = f"{example.stem}-{number:03d}"
        text = example.read_text(encoding="utf-8").replace(f"name: {example.stem}", f"name: {name}")
        text = re.sub(r"((?:share|atLeast): \d\.\d)", rf"\g<1>{number:03d}", text)
        text = re.sub(r"0(?=\.00 USD)|(?<=days: 3)0", str(number % 10), text)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

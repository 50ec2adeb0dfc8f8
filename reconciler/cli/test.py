"""The policies' own cases: what goes in, and the verdict that must come out; no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured

if TYPE_CHECKING:
    from reconciler.config import Config


@click.command("test", help=__doc__)
@configured
def COMMAND(config: Config) -> int:
    """Judge every case, and tell those that came out otherwise."""
    from reconciler.cli.output import say
    from reconciler.policies.cases import judge_cases, load_cases
    from reconciler.policies.loading import load_policies
    from reconciler.reports.plain import plain

    folder = config.root / config.policies
    policies = load_policies(folder, config.root)
    outcomes = judge_cases(load_cases(folder, config.root, policies))
    wrong = [item for item in outcomes if item.problem is not None]
    for item in wrong:
        case = item.case
        say(plain(f"{case.location}: {case.policy.name}: {case.name}: {item.problem}"))
    untested = sorted({policy.name for policy in policies} - {item.case.policy.name for item in outcomes})
    if untested:
        say(f"without a case: {', '.join(untested)}")
    came = f"{len(wrong)} otherwise than expected" if wrong else "all as expected"
    say(f"{len(outcomes)} cases of {len(policies) - len(untested)} policies: {came}")
    return 1 if wrong else 0

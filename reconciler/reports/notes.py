"""Which findings are told at which action, and which are left to tell."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Action, Plan


class Notes(msgspec.Struct, frozen=True):
    """Findings by the id of the action they are told at, and the ``others``."""

    at_action: dict[str, list[Finding]]
    others: list[Finding]


def place_findings(plan: Plan) -> Notes:
    """Give each finding its place.

    What forbids goes to every action that names its code at its address; what warns
    or informs goes to the last action at its address, which is the one with money.
    """
    by_address: dict[str, list[Action]] = defaultdict(list)
    for action in plan.actions():
        by_address[action.address].append(action)
    notes = Notes(defaultdict(list), [])
    for finding in plan.findings:
        actions = by_address.get(finding.address or "", [])
        if finding.severity is Severity.DENY:
            places = [action for action in actions if finding.code in action.blocked_by]
        else:
            places = actions[-1:]
        for action in places:
            notes.at_action[action.id].append(finding)
        if not places:
            notes.others.append(finding)
    return notes

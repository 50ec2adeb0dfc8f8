"""A pull request from its first line to the money that came back, by the scripts that GitHub would run.

1,200.00 of which 193 of 365 days are left on 2026-11-20 is worth 634.52; less 12 %, 76.14, 558.38 come back.
The cap of 50,000.00 holds it, with 49,441.62 left.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.apply.world import upfront
from tests.bodies import guid
from tests.ci.partner import NIGHTLY, Partner

CANCEL = "displayName: reservation-1\nstate: cancelled\ncancel: {reason: Retired (CP-2310)}"
TICKET = """\
  matchConditions: [{name: returns, expression: action.action == 'cancel'}]
  validations:
    - expression: action.reason.matches('CP-[0-9]+')
      message: a return names its ticket, like CP-2310
"""
TWO_EYES = """\
  each: plan
  validations: [{expression: plan.summary.cancel == 0, message: a colleague approves what goes back}]
  approvals: 1
"""


def test_a_pull_request_from_its_first_line_to_the_money(open_repository: Callable[..., Partner]) -> None:
    at = open_repository(upfront(), upfront())
    at.desire("displayName: reservation-1", "displayName: reservation-2")
    at.policy("ticket", TICKET)
    at.policy("two-eyes", TWO_EYES)
    base = at.commit()[:12]
    covers = f"Covers 1 of 1 customer's file: those that changed since HEAD^1 (compared by {base})."
    at.branch()

    # A slip of the pen: told at its line, and nothing else happens.
    at.desire("displayName: reservation-1\nstate: canceled\ncancel: {reason: Retired}", "displayName: reservation-2")
    ran = at.propose()
    assert (ran.ok, ran.outputs["exit-code"]) == (False, "1")
    (comment,) = at.github.bodies(1)
    assert comment.splitlines()[0] == "**1 problem found; nothing was planned.**"
    assert "::error file=desired/contoso.yaml,line=11" in ran.log

    # Spelt right, and denied by a policy: the same comment says so, without unfolding.
    at.desire("displayName: reservation-1\nstate: cancelled\ncancel: {reason: Retired}", "displayName: reservation-2")
    ran = at.propose()
    assert (ran.ok, ran.outputs["exit-code"]) == (False, "3")
    (comment,) = at.github.bodies(1)
    assert comment.splitlines()[:6] == [
        "**No money moves; cap left: contoso 50,000.00 USD.**",
        "",
        f"Plan as of 2026-11-20T09:00:00Z under rulebook csp-2020-08. {covers}",
        "Plan: 0 to update, 0 to cancel, 0 to exchange; 1 blocked; 1 unchanged, 0 unmanaged.",
        "",
        "**Denied:** contoso/r1: policy ticket: a return names its ticket, like CP-2310 &#91;policy.ticket&#93;",
    ]

    # With its ticket: what a colleague reads.
    at.desire(CANCEL, "displayName: reservation-2")
    ran = at.propose()
    assert (ran.ok, ran.outputs["exit-code"]) == (True, "0")
    (comment,) = at.github.bodies(1)
    digest = ran.outputs["digest"]
    lines = comment.splitlines()
    expires = re.findall(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lines[5])[0]
    assert lines[:8] == [
        "**Refund 558.38 USD; fee 76.14 USD; cap left: contoso 49,441.62 USD.**",
        "",
        f"Plan as of 2026-11-20T09:00:00Z under rulebook csp-2020-08. {covers}",
        "Plan: 0 to update, 1 to cancel, 0 to exchange; 1 unchanged, 0 unmanaged.",
        "",
        f"To carry it out, have one person approve it and, before {expires}, merge this pull request.",
        "",
        f"Digest <code>{digest}</code>",
    ]
    assert lines[-1] == "<!-- reconciler:plan -->"

    # Approved and merged: exactly that is done, and said.
    at.review("grace")
    ran = at.merge()
    assert (ran.ok, ran.outputs["exit-code"]) == (True, "0"), ran.log
    _, receipt = at.github.bodies(1)
    assert receipt.splitlines()[:3] == ["**Applied.**", "", "    Refunded 558.38 USD; fee 76.14 USD."]
    assert (at.writes(), at.refunds()) == (["POST return"], [(guid(0x1001), "558.38")])

    # And nothing is left to be done, nor to be told.
    again = at.plan_on_main()
    assert again.splitlines()[0] == "No money moves." and "Nothing to do: Azure is as the files say." in again
    assert at.scheduled(NIGHTLY, "drift").ok
    assert at.github.state["issues"] == []
    assert at.writes() == ["POST return"]

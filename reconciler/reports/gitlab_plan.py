"""The counts of GitLab's plan widget in a merge request (``artifacts:reports:terraform``).

Source: docs.gitlab.com, "OpenTofu integration in merge requests".
"""

from __future__ import annotations

from reconciler.model.plan import Plan, Status
from reconciler.reports.json import file_bytes
from reconciler.reports.report import Options, Report


def render_gitlab_plan(plan: Plan, _: Options) -> str:
    """Return what is bought, changed and given back by ready actions; in part is given back too."""
    counts, ready = plan.summary, [action for action in plan.actions() if action.status is Status.READY]
    bought = sum(len(action.purchases or ()) for action in ready)
    traded = sum(len(action.returns or ()) for action in ready)
    update = counts.update + counts.access + counts.protection
    return file_bytes({"create": bought, "update": update, "delete": counts.cancel + traded}).decode()


REPORT = Report(name="gitlab-plan", media="application/json", render=render_gitlab_plan)

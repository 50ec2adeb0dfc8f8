"""The plan as the summary of a CI step: the comment, with room for much more of it.

Source: docs.github.com, "Adding a job summary": a step's is at most 1 MiB.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.finding import Finding
from reconciler.model.plan import Plan
from reconciler.reports.comment import Comment, fitted
from reconciler.reports.markdown import mistakes_comment, plan_comment
from reconciler.reports.report import Options, Report

# In bytes; the rest is for what else a step writes.
LARGEST = 1_000_000


def render_step_summary(plan: Plan, options: Options) -> str:
    """Return the plan as Markdown of less than ``LARGEST`` bytes."""
    return _fitted(plan_comment(plan, options))


def _mistakes(findings: Sequence[Finding], _: Options) -> str:
    return _fitted(mistakes_comment(findings))


def _fitted(comment: Comment) -> str:
    return fitted(comment, LARGEST, lambda text: len(text.encode()))


REPORT = Report(name="step-summary", media="text/markdown", render=render_step_summary, mistakes=_mistakes)

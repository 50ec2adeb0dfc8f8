"""The plan as one page of HTML: self-contained, without scripts, printable."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.finding import Finding
from reconciler.model.plan import Plan
from reconciler.reports.report import Options, Report


def render_html(plan: Plan, options: Options) -> str:
    """Return the plan as a page that asks nothing of any network."""
    from reconciler.reports.html.document import plan_document
    from reconciler.reports.html.template import written

    return written(plan_document(plan, options))


def _mistakes(findings: Sequence[Finding], options: Options) -> str:
    from reconciler.reports.html.document import mistakes_document
    from reconciler.reports.html.template import written

    return written(mistakes_document(findings, options))


REPORT = Report(name="html", media="text/html", render=render_html, mistakes=_mistakes)

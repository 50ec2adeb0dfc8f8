"""The plan file itself: what ``plan --out`` writes and ``apply`` compares byte for byte."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from reconciler.model.finding import Finding
from reconciler.model.plan import Plan
from reconciler.reports.report import Options, Report


def plan_bytes(plan: Plan) -> bytes:
    """Return the plan file's bytes: UTF-8, indented by 2, with a final newline."""
    return file_bytes(plan)


def file_bytes(document: object) -> bytes:
    """Return a document in the layout of a plan file."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _render(plan: Plan, _: Options) -> str:
    return plan_bytes(plan).decode()


def _mistakes(findings: Sequence[Finding], _: Options) -> str:
    return file_bytes({"findings": findings}).decode()


REPORT = Report(name="json", media="application/json", render=_render, mistakes=_mistakes)

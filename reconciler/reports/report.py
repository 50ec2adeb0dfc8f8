"""What a report is, and what its reader asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from reconciler.model.finding import Finding, Severity
from reconciler.model.meaning import Meaning
from reconciler.model.plan import Plan

DEFAULT_WIDTH = 80


def nothing_known(_: str) -> Meaning | None:
    """Tell nothing of any code."""
    return None


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to write a report.

    ``width`` is in terminal cells, None where there is no terminal; ``plan_file`` is
    where the plan was written, so that the report can say how to apply it, ``saving``
    how to write one. ``differences`` says how much it matters to the reader that files
    and Azure differ; ``meaning`` tells what a finding's code means, None of an unknown one.
    ``folder`` is where in its repository the configuration lies, for surfaces that show
    files there; empty at the top.
    """

    width: int | None = None
    color: bool = False
    verbose: bool = False
    plan_file: str | None = None
    saving: str = "--out FILE"
    differences: Severity = Severity.INFO
    meaning: Callable[[str], Meaning | None] = nothing_known
    folder: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One format: its name for ``--format``, its media type, and how a plan becomes text.

    ``mistakes`` writes findings where there is no plan, as mistakes in files are; None
    where a format cannot. A package that is slow to import is imported inside ``render``:
    every format is collected whenever one is looked up.
    """

    name: str
    media: str
    render: Callable[[Plan, Options], str]
    mistakes: Callable[[Sequence[Finding], Options], str] | None = None

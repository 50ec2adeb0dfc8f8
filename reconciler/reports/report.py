"""What a report is, and what its reader asked for."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from reconciler.model.plan import Plan

DEFAULT_WIDTH = 80


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to write a report.

    ``width`` is in terminal cells, None where there is no terminal; ``plan_file`` is
    where the plan was written, so that the report can say how to apply it, ``saving``
    how to write one.
    """

    width: int | None = None
    color: bool = False
    verbose: bool = False
    plan_file: str | None = None
    saving: str = "--out FILE"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One format: its name for ``--format``, its media type, and how a plan becomes text.

    A package that is slow to import is imported inside ``render``: every format is
    collected whenever one is looked up.
    """

    name: str
    media: str
    render: Callable[[Plan, Options], str]

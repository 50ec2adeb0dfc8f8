"""What a report is, and what its reader asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from reconciler.model.finding import Finding, Severity
from reconciler.model.meaning import Meaning
from reconciler.model.money import Money
from reconciler.model.plan import Plan, RulebookRef
from reconciler.rules.rulebook import Rulebook

DEFAULT_WIDTH = 80


def nothing_known(_: str) -> Meaning | None:
    """Tell nothing of any code."""
    return None


def no_rulebook(_: RulebookRef) -> Rulebook | None:
    """Have no rulebook at hand."""
    return None


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """How a customer stands in one currency, by the ledger; see ``reconciler ledger credits``."""

    customer: str
    refunded: Money
    received: Money
    owed: Money
    settled: Money
    outstanding: Money


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to write a report.

    ``width`` is in terminal cells, None where there is no terminal; ``plan_file`` is
    where the plan was written, so that the report can say how to apply it, ``saving``
    how to write one; ``how_to_apply`` is what to do where that is no command, such as
    ``merge this pull request``. ``differences`` says how much it matters to the reader that files
    and Azure differ; ``meaning`` tells what a finding's code means, None of an unknown one.
    ``folder`` is where in its repository the configuration lies, for surfaces that show
    files there; empty at the top. ``rulebook`` gives the law that a plan was made under, None
    where it is not at hand; ``credits`` is what the ledger says is owed, None where it was not asked.
    """

    width: int | None = None
    color: bool = False
    verbose: bool = False
    plan_file: str | None = None
    saving: str = "--out FILE"
    how_to_apply: str | None = None
    differences: Severity = Severity.INFO
    meaning: Callable[[str], Meaning | None] = nothing_known
    folder: str = ""
    rulebook: Callable[[RulebookRef], Rulebook | None] = no_rulebook
    credits: tuple[Credit, ...] | None = None


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

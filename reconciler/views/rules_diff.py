"""What differs between two rulebooks, in the law's own terms, each side with its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from reconciler.reports.page import Page, Row
from reconciler.reports.report import Options
from reconciler.rules.rulebook import Products, Rulebook
from reconciler.rules.rulebook import Row as Return
from reconciler.views.arithmetic import percent
from reconciler.views.wording import counted


class Side(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one rulebook says, and where that is written."""

    says: str
    source: str


class Difference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One thing on which two rulebooks differ; a side is None where its rulebook says nothing of it."""

    about: str
    left: Side | None
    right: Side | None


class Head(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which rulebook a side is."""

    id: str
    title: str
    effective_on: date
    source: str
    digest: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Two rulebooks: what differs, and what both say in their own words."""

    left: Head
    right: Head
    differences: tuple[Difference, ...]
    same: tuple[Difference, ...]


def compare(left: Rulebook, right: Rulebook) -> Comparison:
    """Return what differs between two rulebooks; another source of the same rule is no difference."""
    sides = [dict(_terms(rulebook, (left, right))) for rulebook in (left, right)]
    found = [
        Difference(about=about, left=sides[0].get(about), right=sides[1].get(about))
        for about in {**sides[0], **sides[1]}
    ]
    return Comparison(
        left=_head(left),
        right=_head(right),
        differences=tuple(item for item in found if _says(item.left) != _says(item.right)),
        same=tuple(item for item in found if _says(item.left) == _says(item.right)),
    )


def comparison_text(found: Comparison, options: Options) -> str:
    """Return a comparison as lines."""
    page = Page(options)
    page.say(f"{found.left.id} beside {found.right.id}: {counted(len(found.differences), 'difference')}", style="bold")
    heads = [Row(item.id, f"{item.title}, effective {item.effective_on}") for item in (found.left, found.right)]
    page.grid(heads, indent=2)
    for item in found.differences:
        page.blank()
        page.say(item.about, style="bold", hang=2)
        page.grid([*_side(found.left, item.left), *_side(found.right, item.right)], indent=2)
    if found.same:
        page.blank()
        page.say("The same in both", style="bold")
        page.grid([Row(item.about, _says(item.left) or "") for item in found.same], indent=2)
    return str(page)


def _side(head: Head, side: Side | None) -> list[Row]:
    if side is None:
        return [Row(head.id, "says nothing of it")]
    return [Row(head.id, side.says), Row("", f"[{side.source}]")]


def _says(side: Side | None) -> str | None:
    return side.says if side else None


def _head(rulebook: Rulebook) -> Head:
    return Head(
        id=rulebook.id,
        title=rulebook.title,
        effective_on=rulebook.effective_on,
        source=rulebook.source,
        digest=rulebook.digest,
    )


def _terms(rulebook: Rulebook, both: Sequence[Rulebook]) -> Iterator[tuple[str, Side]]:
    """Give all that a rulebook says, each under the name of what it is about."""
    yield from _returns(rulebook, both)
    bases = {"proratedBalance": "the credit that is given back, rounded"}
    yield "What the fee is taken of", Side(says=bases.get(rulebook.fee_base, rulebook.fee_base), source=rulebook.source)
    cap = rulebook.cap
    counts = {"refund": "the net sums refunded", "commitment": "the credit and the future payments that are cancelled"}
    yield "Refund cap, limit for each customer", Side(says=str(cap.limit), source=cap.reason.source)
    yield "Refund cap, window", Side(says=counted(cap.window_days, "day"), source=cap.reason.source)
    yield "Refund cap, what counts", Side(says=counts.get(cap.basis, cap.basis), source=cap.reason.source)
    yield "Exchanges", Side(says=rulebook.exchange.text, source=rulebook.exchange.source)
    for item in rulebook.families:
        yield f"Exchanges, family {item.name}", Side(says=_members(item), source=rulebook.exchange.source)
    for item in rulebook.not_returnable:
        yield f"Cannot be returned: {item.name}", Side(says=_members(item), source=item.source)
    for item in rulebook.not_exchangeable:
        yield f"Cannot be exchanged: {item.name}", Side(says=_members(item), source=item.source)
    for reason, rate in rulebook.announced:
        yield (
            f"Announced, not in force: {reason.rule}",
            Side(says=f"a fee of {percent(rate)}. {reason.text}", source=reason.source),
        )


def _members(item: Products) -> str:
    after = f", if bought after {item.purchased_after}" if item.purchased_after else ""
    return ", ".join(sorted(item.members)) + after


def _returns(rulebook: Rulebook, both: Sequence[Rulebook]) -> Iterator[tuple[str, Side]]:
    """Give what comes back in each situation that either rulebook tells apart."""
    for first, last in _ages(both):
        days = f"more than {first - 1}" if last is None else f"{first} to {last}" if last > first else f"{first}"
        # Where usage decides nothing in either rulebook, there is one situation and not two.
        alike = all(_comes_back(item.row(first, True)) == _comes_back(item.row(first, False)) for item in both)
        for used, told in ((False, "used or not"),) if alike else ((False, "not used"), (True, "used")):
            row = rulebook.row(first, used)
            about = f"Returned {days} days after the purchase, {told}"
            yield about, Side(says=_comes_back(row), source=row.reason.source)


def _ages(both: Sequence[Rulebook]) -> Iterator[tuple[int, int | None]]:
    """Give the spans of days since the purchase in which no rulebook changes its mind."""
    rows = [row for rulebook in both for row in rulebook.table]
    bounds = {bound for row in rows for bound in (row.at_most, row.more_than) if bound is not None}
    starts = [0, *(bound + 1 for bound in sorted(bounds))]
    yield from zip(starts, [*sorted(bounds), None], strict=True)


def _comes_back(row: Return) -> str:
    what = "all that was paid comes back" if row.full else "the days that are left come back, pro-rated"
    return f"{what}, {f'less a fee of {percent(row.fee_rate)}' if row.fee_rate else 'without a fee'}"

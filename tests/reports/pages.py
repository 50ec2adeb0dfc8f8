"""Pages as browsers read them, with a parser that takes no mistake, and no code of the program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import msgspec

from reconciler.model.plan import Plan

Sum = tuple[str, str]


def parsed(text: str) -> Element:
    """Return the page as elements. Errors: html5lib's ParseError for any mistake in it."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    found: Element = parser.parse(text)
    return found


def tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def words(element: Element) -> str:
    """Return what a reader sees of an element, its labels too; spaces as one."""
    shown = [part for item in element.iter() if tag(item) != "style" for part in (item.text, item.get("aria-label"))]
    tails = [item.tail for item in element.iter()]
    return re.sub(r"\s+", " ", " ".join(filter(None, [*shown, *tails])))


def text_of(element: Element) -> str:
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def within(element: Element) -> Iterator[tuple[Element, tuple[Element, ...]]]:
    """Give every element below with those around it, the outermost first."""
    for child in element:
        yield child, (element,)
        for below, around in within(child):
            yield below, (element, *around)


def figures(plan: Plan) -> set[str]:
    """Return every sum that a reader of the plan must find, as ``1,234.56 USD``."""
    value = msgspec.to_builtins(plan, builtin_types=(Decimal,))
    found: set[str] = set()
    for customer in value["customers"]:
        if told(customer):
            found |= set(_cap(customer["cap"]))
            for action in customer["actions"]:
                found |= set(_action(action, customer["cap"]["basis"]))
    return found


def told(customer: dict[str, Any]) -> bool:
    left = customer["cap"]["meters"][customer["cap"]["basis"]]["remaining"]["amount"]
    return bool(customer["actions"]) or not customer["complete"] or left < 0


def written(money: dict[str, Any]) -> str:
    return f"{money['amount']:,} {money['currency']}"


def _cap(cap: dict[str, Any]) -> Iterator[str]:
    yield written(cap["limit"])
    for meter in cap["meters"].values():
        names = ("consumed", "planned", "remaining") if meter["known"] else ("planned",)
        yield from (written(meter[name]) for name in names)
    for entry in cap["entries"]:
        yield from (written(entry["refund"]), written(entry["commitment"]))
    if cap["meters"][cap["basis"]]["known"]:
        yield from (written(release[cap["basis"]]) for release in cap["releases"])


def _action(action: dict[str, Any], basis: str) -> Iterator[str]:
    money = action["money"]
    if money:
        names = ["credit", "canceledCommitment"]
        names += ["fee", "refund"] if money["netPayable"] is None else ["purchase", "netPayable", "cashNow"]
        yield from (written(money[name]) for name in names)
        if money["netPayable"] is None:
            yield written(money["capUse"][basis])
    yield from (written(item["money"]["credit"]) for item in action["returns"] or ())
    yield from (written(item["price"]) for item in action["purchases"] or () if item["price"])

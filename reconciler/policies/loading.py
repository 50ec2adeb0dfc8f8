"""The policies of a repository: every file below its folder, checked whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from reconciler.documents import Document, check, load, outline
from reconciler.errors import InvalidDocuments
from reconciler.model.finding import Problem, Severity
from reconciler.model.money import Money
from reconciler.policies.policy import Each, Named, Param, Policy, Validation
from reconciler.policies.texts import expression

POLICY, CASES = "PlanPolicy", "PolicyTest"
_DAY, _INSTANT = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SEVERITIES = (("Deny", Severity.DENY), ("Warn", Severity.WARNING), ("Audit", Severity.INFO))


def documents(folder: Path, root: Path) -> list[Document]:
    """Return every YAML file in and below *folder*, which need not be there; named relative to *root*."""
    files = sorted(folder.rglob("*.y*ml")) if folder.is_dir() else []
    return [load(file, _name(file, root)) for file in files]


def load_policies(folder: Path, root: Path) -> tuple[Policy, ...]:
    """Return the policies of a folder, by name.

    Errors: InvalidDocuments with every mistake of every file, those of expressions at their places.
    """
    found, problems = [], set[Problem]()
    for document in documents(folder, root):
        if kind_of(document) == CASES:
            continue
        wrong = [*document.problems, *check(document, "plan-policy")]
        problems.update(wrong)
        if not wrong:
            policy, wrong = read_policy(document)
            problems.update(wrong)
            found.append(policy)
    problems.update(_twice(found))
    if problems:
        raise InvalidDocuments(sorted(problems))
    return tuple(sorted(found, key=lambda policy: policy.name))


def read_policy(document: Document) -> tuple[Policy, list[Problem]]:
    """Return the policy of a document that its schema accepts, and what is wrong with its values and expressions."""
    spec = document.value["spec"]
    outlined = outline(document.source.decode("utf-8").removeprefix("\ufeff"))
    wrong: list[Problem] = []

    def named(key: str) -> tuple[Named, ...]:
        return tuple(
            Named(name=item["name"], expression=expression(document, outlined, ("spec", key, place, "expression")))
            for place, item in enumerate(spec.get(key, ()))
        )

    def validation(place: int, item: dict[str, Any]) -> Validation:
        at = ("spec", "validations", place)
        said = expression(document, outlined, (*at, "messageExpression")) if "messageExpression" in item else None
        return Validation(
            expression=expression(document, outlined, (*at, "expression")),
            message=item.get("message"),
            message_expression=said,
        )

    wished = spec.get("validationActions", ["Deny"])
    policy = Policy(
        name=document.value["metadata"]["name"],
        location=document.place(("metadata", "name")),
        each=Each(spec.get("each", "action")),
        params=tuple(_params(document, spec.get("params", {}), wrong)),
        match_conditions=named("matchConditions"),
        variables=named("variables"),
        validations=tuple(validation(place, item) for place, item in enumerate(spec["validations"])),
        severity=next(severity for name, severity in _SEVERITIES if name in wished),
        strict=spec.get("failurePolicy", "Fail") == "Fail",
        approvals=spec.get("approvals", 0),
        timeout_seconds=spec.get("timeoutSeconds", 10),
    )
    # CEL takes a while to load, and a repository without policies has no use for it.
    from reconciler.policies.compiling import problems

    return policy, [*wrong, *problems(policy)]


def _params(document: Document, given: dict[str, Any], wrong: list[Problem]) -> Iterator[Param]:
    for name, value in given.items():
        parts = [_literal(item) for item in (value if isinstance(value, list) else [value])]
        kinds = {kind for kind, _ in parts}
        if len(kinds) > 1:
            text = f"the list {name} mixes {' and '.join(sorted(kinds))}; write values of one kind"
            wrong.append(Problem(document.place(("spec", "params", name)), text))
        elif isinstance(value, list):
            items = ", ".join(text for _, text in parts)
            yield Param(name=name, type=f"list<{parts[0][0]}>", literal=f"[{items}]")
        else:
            yield Param(name=name, type=parts[0][0], literal=parts[0][1])


def _literal(value: Any) -> tuple[str, str]:
    """Return a value's CEL type and literal."""
    match value:
        case bool():
            return "bool", json.dumps(value)
        case int():
            return "int", str(value)
        case Decimal():
            return "double", repr(float(value))
        case _:
            return _text(str(value))


def _text(text: str) -> tuple[str, str]:
    for pattern, read in ((_DAY, date.fromisoformat), (_INSTANT, datetime.fromisoformat)):
        if pattern.fullmatch(text):
            try:
                read(text)
            except ValueError:
                break
            instant = text if "T" in text else f"{text}T00:00:00Z"
            return "timestamp", f'timestamp("{instant}")'
    try:
        money = Money.parse(text)
    except ValueError:
        return "string", json.dumps(text, ensure_ascii=False)
    return "reconciler.Money", f'reconciler.Money{{amount: "{money.amount}", currency: "{money.currency}"}}'


def _twice(policies: list[Policy]) -> Iterator[Problem]:
    first: dict[str, Policy] = {}
    for policy in policies:
        known = first.setdefault(policy.name, policy)
        if known is not policy:
            yield Problem(policy.location, f"the policy {policy.name} is already in {known.location.file}")


def kind_of(document: Document) -> Any:
    """Return what a document says that it is."""
    return document.at(("kind",)) if document.readable else None


def _name(file: Path, root: Path) -> str:
    absolute, within = file.absolute(), root.absolute()
    return (absolute.relative_to(within) if absolute.is_relative_to(within) else file).as_posix()

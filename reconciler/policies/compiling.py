"""An expression checked before any plan is there: unknown names and fields, wrong types, each at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cel_expr_python import cel

from reconciler.documents import near
from reconciler.model.finding import Problem
from reconciler.policies.environment import bound, environment, names, running
from reconciler.policies.policy import VALUES, Expression, Policy
from reconciler.policies.shapes import PACKAGE, fields
from reconciler.policies.texts import place

_ERROR = re.compile(
    r"^(?:INVALID_ARGUMENT: )?ERROR: <input>:(\d+):(\d+): (.*?)(?: \[INVALID_ARGUMENT\])?$", re.MULTILINE
)
_FIELD = re.compile(r"undefined field '(.*)' not found in struct '(.*)'")
_NAME = re.compile(r"undeclared reference to '(.*)' \(in container ''\)")
_SYNTAX = "Syntax error: "
_TOKEN = re.compile(_SYNTAX + r"(?:token recognition error at: |mismatched input |extraneous input )'([^']*)'")
_WRAPPED = re.compile(r"wrapper\((\w+)\)")
_COMPARED = re.compile(r"'_[<>]=?_' applied to '\((?:Money, |\w+, Money)")
_BOOL, _STRING = ("true or false", cel.Type.BOOL), ("text", cel.Type.STRING)


def problems(policy: Policy) -> list[Problem]:
    """Return everything that is wrong with a policy's expressions.

    A variable may name those before it; one that is wrong is not complained of again
    where it is named.
    """
    # As it is run, too: what the binding of values cannot carry must not wait for a plan.
    return list(_mistakes(policy)) or list(_unbound(policy))


def _mistakes(policy: Policy) -> Iterator[Problem]:
    values: dict[str, Any] = {f"params.{item.name}": cel.Type(item.type) for item in policy.params}
    for condition in policy.match_conditions:
        yield from _checked(policy, condition.expression, values, _BOOL)[1]
    for variable in policy.variables:
        kind, wrong = _checked(policy, variable.expression, values)
        yield from wrong
        values[f"variables.{variable.name}"] = cel.Type.DYN if wrong else kind
    for item in policy.validations:
        yield from _checked(policy, item.expression, values, _BOOL)[1]
        if item.message_expression:
            yield from _checked(policy, item.message_expression, values, _STRING)[1]


def _unbound(policy: Policy) -> Iterator[Problem]:
    given = [item.expression for item in policy.match_conditions]
    given += [item.expression for item in policy.validations]
    given += [item.message_expression for item in policy.validations if item.message_expression]
    for item in given:
        try:
            running(policy.each).compile(bound(policy, item.text))
        except RuntimeError as error:
            yield Problem(item.location, f"the expression cannot be read with its values: {str(error).splitlines()[0]}")


def _checked(
    policy: Policy, given: Expression, values: Mapping[str, Any], wanted: tuple[str, Any] | None = None
) -> tuple[Any, list[Problem]]:
    """Return an expression's type, and what is wrong with it."""
    try:
        kind = environment(policy.each, values).compile(given.text).return_type()
        if wanted and kind not in (wanted[1], cel.Type.DYN):
            text = f"the expression gives {_type_name(kind)}, and must give {wanted[0]}"
            return kind, [Problem(given.location, text)]
    except RuntimeError as error:
        return None, list(_explained(policy, given, values, str(error)))
    return kind, []


def _explained(policy: Policy, given: Expression, values: Mapping[str, Any], text: str) -> Iterator[Problem]:
    found = False
    for line, column, message in _ERROR.findall(text):
        if "*error*" in message:  # follows from one that is told already
            continue
        if found and message.startswith(_SYNTAX):  # where the first one is mended, the others are others
            continue
        found = True
        at = _column(given.text, int(line), int(column), message)
        yield Problem(place(given, int(line), at), _words(policy, values, message))
    if not found:
        yield Problem(given.location, f"the expression cannot be read: {text.splitlines()[0]}")


def _column(text: str, line: int, column: int, message: str) -> int:
    """Return where the name begins that a message is about: CEL gives its last dot, or its bracket."""
    if _FIELD.fullmatch(message):
        return column + 1
    match = _NAME.fullmatch(message)
    if match is None:
        return column
    at = text.splitlines()[line - 1][column - 1 : column]
    before = {".": match[1].rpartition(".")[0], "(": match[1]}.get(at, "")
    return max(1, column - len(before))


def _words(policy: Policy, values: Mapping[str, Any], message: str) -> str:
    if match := _FIELD.fullmatch(message):
        name, struct = match[1], match[2].removeprefix(f"{PACKAGE}.")
        known = fields(struct)
        return f"{struct.removesuffix('Head')} has no field {name}{near(name, known)}; it has {', '.join(known)}"
    if match := _NAME.fullmatch(message):
        name, (head, _, rest) = match[1], match[1].partition(".")
        if head in VALUES:
            own = [key.partition(".")[2] for key in values if key.startswith(f"{head}.")]
            there = f"there are {', '.join(own)}" if own else "there are none"
            return f"{head} has no {rest}{near(rest, own)}; {there}"
        known = (*names(policy.each), *(of for of in VALUES if any(key.startswith(f"{of}.") for key in values)))
        told = f"a policy about each {policy.each} knows {', '.join(known)}"
        return f"nothing is named {name}{near(head, known)}; {told}"
    if match := _TOKEN.match(message):
        written = {"and": "&&", "or": "||", "not": "!", "=": "=="}.get(match[1].strip())
        return f"{match[1].strip()} is no operator of CEL; write {written}" if written else _plain(message)
    return _plain(message)


def _plain(message: str) -> str:
    text = message.replace(f"{PACKAGE}.", "").replace("google.protobuf.Timestamp", "timestamp")
    text = _WRAPPED.sub(r"\1", text).partition(" expecting {")[0]
    if _COMPARED.search(text):
        text += "; money is compared with money, by isGreaterThan() and isLessThan()"
    return text[:1].lower() + text[1:]


def _type_name(kind: Any) -> str:
    return str(kind.name()).replace(f"{PACKAGE}.", "").lower()

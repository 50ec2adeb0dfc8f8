"""What expressions may name, and how a policy's values come into them.

The checker sees ``params.x`` and ``variables.x`` as values of their own types. To be run,
an expression binds those that it names around itself: then all policies can share what
was made of one action, and a variable is worked out only where it is needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_math, ext_optional, ext_strings

from reconciler.policies.money import functions
from reconciler.policies.policy import VALUES, Each, Policy
from reconciler.policies.shapes import PACKAGE, pool

# A name in an expression, or a text in quotes or a comment, in which names do not count.
_TOKEN = re.compile(
    r"[rRbB]{0,2}(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')"
    rf"|//[^\n]*|(?<![\w.])(?P<of>{'|'.join(VALUES)})\s*\.\s*(?P<name>[A-Za-z_]\w*)",
    re.DOTALL,
)


def names(each: Each) -> dict[str, str]:
    """Return what a policy may name, with the types, beside its own values."""
    whole = {"plan": f"{PACKAGE}.{'Plan' if each is Each.PLAN else 'PlanHead'}", "now": "timestamp"}
    if each is Each.PLAN:
        return whole
    if each is Each.CUSTOMER:
        return {"customer": f"{PACKAGE}.CustomerPlan", "cap": f"{PACKAGE}.Cap", **whole}
    return {
        "object": f"{PACKAGE}.Reservation",
        "oldObject": f"{PACKAGE}.Reservation",
        "action": f"{PACKAGE}.Action",
        "customer": f"{PACKAGE}.CustomerHead",
        "cap": f"{PACKAGE}.Cap",
        **whole,
    }


def environment(each: Each, values: Mapping[str, Any]) -> Any:
    """Return the environment of a policy's checks; *values* are its own, with CEL's types."""
    known = {name: cel.Type(kind) for name, kind in names(each).items()}
    return _made({**known, **values})


@cache
def running(each: Each) -> Any:
    """Return the environment in which all policies of a kind are run."""
    return environment(each, {})


def _made(variables: Mapping[str, Any]) -> Any:
    return cel.NewEnv(
        pool(),
        variables=variables,
        functions=functions(),
        extensions=[
            ext_strings.ExtStrings(),
            ext_math.ExtMath(),
            ext_optional.ExtOptional(),
            ext_bindings.ExtBindings(),
        ],
    )


def bound(policy: Policy, text: str) -> str:
    """Return an expression with the policy's own values that it names bound around it."""
    text, used = _renamed(text)
    for variable in reversed(policy.variables):
        if f"variables_{variable.name}" in used:
            worth, more = _renamed(variable.expression.text)
            used |= more
            text = _binding(f"variables_{variable.name}", worth, text)
    for param in policy.params:
        if f"params_{param.name}" in used:
            text = _binding(f"params_{param.name}", param.literal, text)
    return text


def _binding(name: str, worth: str, text: str) -> str:
    # A comment ends with its line, and must not swallow the bracket.
    return f"cel.bind({name}, ({worth}\n), ({text}\n))"


def _renamed(text: str) -> tuple[str, set[str]]:
    used: set[str] = set()

    def renamed(found: re.Match[str]) -> str:
        if found["of"] is None:
            return found[0]
        used.add(f"{found['of']}_{found['name']}")
        return f"{found['of']}_{found['name']}"

    return _TOKEN.sub(renamed, text), used

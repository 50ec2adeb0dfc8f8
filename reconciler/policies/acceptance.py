"""What a user accepts by name: ``--accept NAME`` or ``--accept NAME=VALUE``."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.documents import near
from reconciler.errors import UsageError
from reconciler.model.inputs import Accepted
from reconciler.policies.limits import PER_CUSTOMER
from reconciler.policies.values import READERS

# Findings that are accepted by their code alone.
_PLAIN = ("cap.unknown",)
_LIMITS = (*READERS, *(f"{PER_CUSTOMER}{name}" for name in READERS))
_EXAMPLES = {"maxActions": "120", "maxCancels": "12", "maxRefund": '"30000.00 USD"', "maxCapShare": "1.0"}


def read_accepted(items: Sequence[str]) -> Accepted:
    """Read the values of ``--accept``.

    Errors: UsageError for an unknown name, a value that is none, and a name said twice.
    """
    values: dict[str, str] = {}
    for item in items:
        name, equals, text = item.partition("=")
        if name in values:
            raise UsageError(f"--accept {name}: it is accepted twice; say it once")
        values[name] = _value(name, text.strip(), bool(equals))
    return Accepted(values=values)


def _value(name: str, text: str, given: bool) -> str:
    if name in _PLAIN:
        if given:
            raise UsageError(f"--accept {name}: it takes no value; write --accept {name}")
        return ""
    if name not in _LIMITS:
        known = (*_PLAIN, *_LIMITS)
        raise UsageError(f"--accept {name}: there is nothing of that name{near(name, known)}; {_list()}")
    limit = name.removeprefix(PER_CUSTOMER)
    if not text:
        raise UsageError(f"--accept {name}: it needs the ceiling for this plan, like {name}={_EXAMPLES[limit]}")
    try:
        READERS[limit][1](text)
    except ValueError as error:
        raise UsageError(f"--accept {name}: {error}") from error
    return text


def _list() -> str:
    return f"known are {', '.join((*_PLAIN, *READERS))}, and these limits after {PER_CUSTOMER}"

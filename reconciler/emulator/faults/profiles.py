"""Profiles: what may go wrong, as data, from a file, from a name that is built in, or from a request.

The form is schemas/faults.schema.json; what it cannot say is checked here.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EmulatorError

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_HERE = Path(__file__).resolve().parent
_PACKAGE = _HERE.parent.parent
# Installed, the schemas are a folder of the package; in the repository they stand beside it.
_SCHEMAS = (_PACKAGE / "schemas", _PACKAGE.parent / "schemas")
_BUILT_IN = {path.stem: path for path in sorted((_HERE / "profiles").glob("*.yaml"))}

# What each fault can be told beside the requests that it strikes.
_OWN = {
    "latency": ("seconds",),
    "throttled": ("retryAfter",),
    "failure": ("when", "status", "retryAfter"),
    "reset": ("when",),
    "truncated": (),
    "stale": ("reads", "seconds"),
    "expiredSession": (),
    "slow": ("polls",),
    "expiredToken": (),
    "denied": (),
}
_CHOOSING = ("probability", "nth", "from")
_ALL = {"fault", "method", "path", "tenant", *_CHOOSING}
_WRITES = ("PUT", "PATCH", "POST", "DELETE")
# What comes about by a write alone.
_BY_WRITES = {"stale": _WRITES, "expiredSession": _WRITES, "slow": _WRITES}
_NEEDED = {"latency": "seconds", "slow": "polls"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault; no ``methods``, ``paths`` or ``tenant`` is any. Of ``chance``, ``nth`` and ``since`` one at most."""

    fault: str
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    tenant: str = ""
    chance: float | None = None
    nth: tuple[int, ...] = ()
    since: int = 1
    after: bool = False
    status: int = 503
    retry_after: int | None = None
    seconds: tuple[float, float] | None = None
    reads: int | None = None
    polls: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """A token bucket: how many tokens fit, and how many are added each second."""

    size: int
    per_second: float


@dataclass(frozen=True, slots=True)
class Profile:
    """What may go wrong; ``body`` is what was said of it."""

    seed: int = 0
    rules: tuple[Rule, ...] = ()
    buckets: dict[str, Bucket] = field(default_factory=dict)
    global_factor: float = 15.0
    body: dict[str, Any] = field(default_factory=dict)


def load(wanted: str) -> Profile:
    """Return the profile in a file of YAML or JSON, or the built-in one of that name.

    Errors: EmulatorError if there is none, or with everything that is wrong in it.
    """
    # Imported here and below: most emulators have no faults, and should start at once.
    import yaml

    path = _BUILT_IN.get(wanted) or Path(wanted)
    try:
        body = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except OSError as error:
        names = ", ".join(_BUILT_IN)
        raise EmulatorError(f"faults {wanted}: cannot be read: {error.strerror}; built in are {names}") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise EmulatorError(f"faults {wanted}: not YAML: {' '.join(str(error).split())}") from None
    try:
        return read(body)
    except EmulatorError as error:
        raise EmulatorError(f"faults {wanted}: {error}") from None


def named(body: Any) -> Profile:
    """Return the profile of a request's body: itself, or ``{"profile": NAME, "seed": N}`` for a built-in one.

    Errors: EmulatorError with everything that is wrong in it.
    """
    if not isinstance(body, dict) or "profile" not in body:
        return read(body)
    name, more = body["profile"], {key: value for key, value in body.items() if key != "profile"}
    if name not in _BUILT_IN:
        raise EmulatorError(f"profile: there is no {name!r}; built in are {', '.join(_BUILT_IN)}")
    return read({**load(name).body, **more})


def read(body: Any) -> Profile:
    """Return a parsed profile.

    Errors: EmulatorError with everything that is wrong in it.
    """
    found = sorted(_validator().iter_errors(body), key=lambda error: [str(part) for part in error.absolute_path])
    problems = [f"{error.json_path.removeprefix('$').removeprefix('.') or 'it'}: {error.message}" for error in found]
    if not problems:
        problems = [problem for index, rule in enumerate(body.get("faults") or []) for problem in _wrong(index, rule)]
    if problems:
        raise EmulatorError("; ".join(problems))
    limits = {**(body.get("limits") or {})}
    factor = limits.pop("globalFactor", 15.0)
    buckets = {kind: Bucket(bucket["size"], bucket["perSecond"]) for kind, bucket in limits.items()}
    rules = tuple(_rule(rule) for rule in body.get("faults") or [])
    return Profile(body.get("seed") or 0, rules, buckets, factor, body)


@cache
def _validator() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator

    path = next(path for folder in _SCHEMAS if (path := folder / "faults.schema.json").is_file())
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def _wrong(index: int, rule: dict[str, Any]) -> list[str]:
    place, fault = f"faults[{index}]", rule["fault"]
    own = _OWN[fault]
    takes = f"it takes {' and '.join(own)}" if own else "it takes nothing of its own"
    problems = [f"{place}.{key}: is not for {fault}; {takes}" for key in rule if key not in _ALL and key not in own]
    chosen = [key for key in _CHOOSING if key in rule]
    if len(chosen) > 1:
        problems.append(f"{place}: {' and '.join(chosen)} contradict each other; say one")
    needed = _NEEDED.get(fault)
    if needed and needed not in rule:
        problems.append(f"{place}: {fault} needs {needed}")
    if fault == "stale" and ("reads" in rule) == ("seconds" in rule):
        problems.append(f"{place}: stale needs either reads or seconds")
    return problems


def _rule(body: dict[str, Any]) -> Rule:
    return Rule(
        fault=body["fault"],
        methods=_several(body.get("method")) or _BY_WRITES.get(body["fault"], ()),
        paths=tuple(path.lower() for path in _several(body.get("path"))),
        tenant=body.get("tenant", "").lower(),
        chance=body.get("probability"),
        nth=_several(body.get("nth")),
        since=body.get("from", 1),
        after=body.get("when") == "after",
        status=body.get("status", 503),
        retry_after=body.get("retryAfter", 1 if body["fault"] == "throttled" else None),
        seconds=_bounds(body.get("seconds")),
        reads=body.get("reads"),
        polls=body.get("polls", 0),
    )


def _several(value: Any) -> tuple[Any, ...]:
    return () if value is None else tuple(value) if isinstance(value, list) else (value,)


def _bounds(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    low, high = value if isinstance(value, list) else (value, value)
    return float(low), float(high)

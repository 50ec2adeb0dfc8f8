"""The JSON Schemas: their texts, and validators that are made once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.documents.wording import listed, near, shown
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

# Installed, the schemas are a folder of the package; in the repository they stand beside it.
_PACKAGE = Path(__file__).resolve().parent.parent
_FOLDERS = (_PACKAGE / "schemas", _PACKAGE.parent / "schemas")
_SUFFIX = ".schema.json"


def schema_names() -> list[str]:
    """Return the names of all schemas, sorted."""
    found = {path.name.removesuffix(_SUFFIX) for folder in _FOLDERS for path in folder.glob(f"*{_SUFFIX}")}
    return sorted(found)


@cache
def schema_text(name: str) -> str:
    """Return the text of the schema *name*, as it stands in its file.

    Errors: UsageError if there is none of that name.
    """
    names = schema_names()
    if name not in names:
        raise UsageError(f"no schema {shown(name)}{near(name, names)}; there is {listed(names, 'and')}")
    path = next(path for folder in _FOLDERS if (path := folder / f"{name}{_SUFFIX}").is_file())
    return path.read_text(encoding="utf-8")


@cache
def schema(name: str) -> dict[str, Any]:
    """Return the schema *name*; its fractions are Decimal."""
    parsed: dict[str, Any] = json.loads(schema_text(name), parse_float=Decimal)
    return parsed


@cache
def judge(name: str) -> Any:
    """Return the compiled validator that says yes or no."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema(name))


@cache
def explainer(name: str) -> Validator:
    """Return the validator that says what is wrong; it agrees with ``judge(name)``.

    The stock one lets "$" match before a last line's end, the judge does not.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    agreeing = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
    made: Validator = agreeing(schema(name))
    return made


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    strict = pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and not re.search(strict, instance):
        yield ValidationError("does not match")

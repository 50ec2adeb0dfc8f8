"""Estate files: FILE.json, or FILE.jsonl with the head on the first line and a customer on each line after
it.

A save is atomic: a file beside the estate is written, flushed to the disk and put in its place, so that a
reader, or a crash, sees the old estate or the new one, never a part.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .errors import EmulatorError


def load(path: Path) -> dict[str, Any]:
    """Return the document in an estate file.

    Errors: EmulatorError if there is no such file or it is not JSON.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EmulatorError(f"{path}: cannot be read: {error}") from None
    document = _lines(path, text) if path.suffix == ".jsonl" else _parsed(path, text, 1)
    if not isinstance(document, dict):
        raise EmulatorError(f"{path}:1:1: an estate is a JSON object")
    return document


class EstateFile:
    """Write one estate to one file, again and again; only what changed is put into JSON anew."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._customers: dict[str, str] = {}

    def save(self, document: Mapping[str, Any], changed: Iterable[str] | None) -> None:
        """Replace the file; *changed* names the tenants whose part differs since the last save (None: all).

        Errors: EmulatorError if the file cannot be written.
        """
        for customer in document["customers"]:
            tenant = customer["tenantId"].lower()
            if changed is None or tenant in changed or tenant not in self._customers:
                self._customers[tenant] = _json(customer)
        head = _json({key: value for key, value in document.items() if key != "customers"})
        customers = [self._customers[customer["tenantId"].lower()] for customer in document["customers"]]
        if self._path.suffix == ".jsonl":
            self._replace("\n".join((head, *customers, "")))
        else:
            self._replace(f'{head[:-1]},"customers":[\n' + ",\n".join(customers) + "\n]}\n")

    def _replace(self, text: str) -> None:
        try:
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                if self._path.exists():
                    shutil.copymode(self._path, name)
                Path(name).replace(self._path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise EmulatorError(f"{self._path}: cannot be saved: {error}") from None


def _json(value: Any) -> str:
    # ASCII: half a surrogate pair, which JSON can carry, is no UTF-8.
    return json.dumps(value, separators=(",", ":"))


def _lines(path: Path, text: str) -> Any:
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        raise EmulatorError(f"{path}:1:1: the file is empty")
    head, *customers = (_parsed(path, line, number) for number, line in lines)
    return {**head, "customers": customers} if isinstance(head, dict) else head


def _refuse(constant: str) -> None:
    raise json.JSONDecodeError(f"{constant} is no number", constant, 0)


def _parsed(path: Path, text: str, line: int) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno + line - 1}:{error.colno}"
        raise EmulatorError(f"{place}: not JSON: {error.msg}") from None
    except RecursionError:
        raise EmulatorError(f"{path}:{line}:1: nested too deeply to be an estate") from None

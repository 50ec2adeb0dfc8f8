"""Every kind of action, one file each: a file that declares ``ACTION`` is in."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from reconciler.actions.kind import Kind


@cache
def kinds() -> dict[str, Kind]:
    """Return every kind of action by its name, in the order in which they are carried out."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found = (module.ACTION for module in modules if hasattr(module, "ACTION"))
    return {kind.name: kind for kind in sorted(found, key=lambda kind: kind.rank)}

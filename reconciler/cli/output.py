"""What goes to the terminal: colour is decided once, data goes to stdout."""

from __future__ import annotations

import os
import shutil
import sys

from reconciler.reports import Options


def style(no_color: bool, verbose: bool) -> Options:
    """Return how to write to this stdout; ``NO_COLOR`` and ``FORCE_COLOR`` are honoured."""
    terminal = sys.stdout.isatty()
    forced = os.environ.get("FORCE_COLOR", "") not in ("", "0")
    wanted = forced or (terminal and not os.environ.get("NO_COLOR"))
    width = shutil.get_terminal_size((80, 24)).columns if terminal else None
    return Options(width=width, color=wanted and not no_color, verbose=verbose)


def say(text: str) -> None:
    """Write data to stdout."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def tell(text: str) -> None:
    """Write a remark to stderr."""
    print(text, file=sys.stderr)


def require_format(name: str) -> None:
    """Refuse a format that does not exist before any work is done for it; UsageError."""
    from reconciler.errors import UsageError
    from reconciler.reports import reports

    if name not in reports():
        raise UsageError(f"there is no format {name!r}; choose from {', '.join(reports())}")

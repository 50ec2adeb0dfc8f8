"""What goes to the terminal: colour is decided once, data goes to stdout."""

from __future__ import annotations

import os
import shutil
import sys

from reconciler.errors import UsageError
from reconciler.reports import Options


def style(no_color: bool, verbose: bool) -> Options:
    """Return how to write to this stdout; ``NO_COLOR`` and ``FORCE_COLOR`` are honoured."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    forced = os.environ.get("FORCE_COLOR", "") not in ("", "0")
    wanted = (forced or terminal) and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size((80, 24)).columns if terminal else None
    return Options(width=width, color=wanted and not no_color, verbose=verbose)


def say(text: str) -> None:
    """Write data to stdout, all of it or an error; a reader that left (a pager, head) has what it wanted.

    Errors: UsageError if stdout is closed or cannot take it (a full disk).
    """
    if sys.stdout is None:
        raise UsageError("stdout is closed: there is nowhere to write to")
    text = text if text.endswith("\n") else f"{text}\n"
    if not hasattr(sys.stdout, "buffer"):  # an embedding program took stdout's place
        sys.stdout.write(text)
        return
    data = memoryview(text.encode("utf-8", "surrogateescape"))
    try:
        sys.stdout.flush()
        while data:  # unbuffered (PYTHONUNBUFFERED), a write may take a part and say so
            data = data[sys.stdout.buffer.write(data) :]
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        discard_output()
    except OSError as error:
        discard_output()
        raise UsageError(f"stdout cannot be written: {error.strerror}") from error


def discard_output() -> None:
    """Send what is still buffered nowhere, so that the end of the process does not stumble over it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(text: str) -> None:
    """Write a remark to stderr."""
    print(text, file=sys.stderr)


def require_format(name: str) -> None:
    """Refuse a format that does not exist before any work is done for it; UsageError."""
    from reconciler.reports import reports

    if name not in reports():
        raise UsageError(f"there is no format {name!r}; choose from {', '.join(reports())}")

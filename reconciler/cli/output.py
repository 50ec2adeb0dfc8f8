"""What goes to the terminal: colour is decided once, data goes to stdout."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reconciler.errors import UsageError
from reconciler.reports import Options

if TYPE_CHECKING:
    from reconciler.model.coverage import Coverage
    from reconciler.model.finding import Problem
    from reconciler.model.meaning import Meaning
    from reconciler.model.plan import RulebookRef
    from reconciler.rules.rulebook import Rulebook

_FINDINGS = Path(__file__).parent.parent / "findings.yaml"


def style(no_color: bool, verbose: bool) -> Options:
    """Return how to write to this stdout; ``NO_COLOR`` and ``FORCE_COLOR`` are honoured."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    forced = os.environ.get("FORCE_COLOR", "") not in ("", "0")
    wanted = (forced or terminal) and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size((80, 24)).columns if terminal else None
    return Options(
        width=width,
        color=wanted and not no_color,
        verbose=verbose,
        meaning=meaning,
        folder=folder(Path()),
        rulebook=known_rulebooks(),
    )


def meaning(code: str) -> Meaning | None:
    """Return what a finding's code means, None of one that nothing is known of."""
    from reconciler.model.meaning import meaning_of

    return meaning_of(code, meanings())


@cache
def meanings() -> dict[str, Meaning]:
    """Return what every code of a finding means."""
    from reconciler.documents import load
    from reconciler.model.meaning import read_meanings

    return read_meanings(load(_FINDINGS, _FINDINGS.name).value)


def known_rulebooks(name: str | None = None, root: Path | None = None) -> Callable[[RulebookRef], Rulebook | None]:
    """Return how to find the rulebook of a plan: that of this *name*, or one that ships; the same to the letter."""

    def found(reference: RulebookRef) -> Rulebook | None:
        from reconciler.errors import ReconcilerError
        from reconciler.rulebooks import built_in, load_rulebook

        for candidate in (name, reference.id if reference.id in built_in() else None):
            try:
                rulebook = load_rulebook(candidate, root or Path()) if candidate else None
            except ReconcilerError:
                continue  # a report is no reason to refuse a rulebook that the plan was not made under
            if rulebook and rulebook.digest == reference.digest:
                return rulebook
        return None

    return found


def folder(root: Path) -> str:
    """Return where *root* lies in its git repository, as surfaces there name files; empty where there is none."""
    inside = root.resolve()
    tops = (parent for parent in (inside, *inside.parents) if (parent / ".git").exists())
    found = inside.relative_to(next(tops, inside)).as_posix()
    return "" if found == "." else found


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


def show_mistakes(problems: Sequence[Problem], form: str, root: Path) -> None:
    """Write mistakes in files to stdout in a format that can show them; in the others, nothing."""
    text = mistakes_text(problems, form, root)
    if text is not None:
        say(text)


def mistakes_text(problems: Sequence[Problem], form: str, root: Path) -> str | None:
    """Return mistakes in files in a format, None where it cannot show them."""
    from reconciler.reports import reports
    from reconciler.reports.told import mistakes

    report = reports().get(form)
    if report is None or report.mistakes is None:
        return None
    options = style(no_color=False, verbose=False)
    return report.mistakes(mistakes(problems), msgspec.structs.replace(options, folder=folder(root)))


def save(path: Path, content: bytes) -> None:
    """Write a file whole. Errors: UsageError if it cannot be written."""
    from reconciler.estate.files import write_whole

    try:
        write_whole(path, content)
    except OSError as error:
        raise UsageError(f"--out {path}: cannot be written: {error.strerror}") from error
    tell(f"saved {path}")


def discard_output() -> None:
    """Send what is still buffered nowhere, so that the end of the process does not stumble over it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell_coverage(coverage: Coverage | None, removed: bool = True) -> None:
    """Write to stderr which part of all files a run was about, nothing of all; and whom no file manages any more."""
    if coverage is None:
        return
    from reconciler.reports.plain import plain
    from reconciler.reports.wording import covered

    tell(plain(covered(coverage)))
    for item in coverage.removed if removed else ():
        tell(plain(f"{item.file}: managed {item.customer or 'a customer'} at {coverage.revision}; no file does now"))


def tell(text: str) -> None:
    """Write a remark to stderr."""
    print(text, file=sys.stderr)

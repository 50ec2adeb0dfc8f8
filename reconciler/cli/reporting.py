"""One run, many surfaces: ``--report FORMAT=FILE``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from reconciler.cli.values import FormatType

if TYPE_CHECKING:
    from reconciler.model.finding import Problem
    from reconciler.model.plan import Plan
    from reconciler.reports import Options

Command = TypeVar("Command", bound=Callable[..., Any])


class Reported(NamedTuple):
    """A format, and the file that it is written to."""

    form: str
    file: Path


class ReportType(click.ParamType[Reported]):
    """``FORMAT=FILE``."""

    name = "report"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Reported:
        if isinstance(value, Reported):
            return value
        form, equals, file = value.partition("=")
        if not equals or not file:
            self.fail(f"{value!r} has no file; write it like markdown=comment.md", param, ctx)
        return Reported(FormatType().convert(form, param, ctx), Path(file))

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 (click's signature)
        return "FORMAT=FILE"


REPORTS = click.option(
    "--report", "reports", type=ReportType(), multiple=True, help="Write it there in another format too; repeatable."
)


def require_apart(reports: Sequence[Reported], out: Path | None) -> None:
    """Refuse to write one thing over another, and over the plan that is to be applied.

    Errors: UsageError.
    """
    from reconciler.errors import UsageError

    taken = {out.resolve()} if out else set()
    for form, file in reports:
        place = file.resolve()
        if place in taken and (place.is_file() or not place.exists()):  # /dev/null holds everything
            text = "another format, or the plan, is written to that file; name another one"
            raise UsageError(f"--report {form}={file}: {text}")
        taken.add(place)


def mistakes_shown(command: Command) -> Command:
    """Let *command* write mistakes in files in the wanted format too, where it has them; stderr has all as ever."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        from reconciler.errors import InvalidDocuments

        try:
            return command(*args, **kwargs)
        except InvalidDocuments as error:
            from reconciler.cli.output import show_mistakes

            root = kwargs["config"].parent if kwargs["config"] else Path()
            show_mistakes(error.problems, kwargs["form"], root)
            write_mistakes(error.problems, kwargs.get("reports", ()), root)
            raise

    return wrapped  # type: ignore[return-value]


def write_plan(plan: Plan, reports: Sequence[Reported], style: Options) -> None:
    """Write *plan* to every file that was asked for, as for no terminal.

    Errors: UsageError if a file cannot be written.
    """
    import msgspec

    from reconciler.reports import render

    style = msgspec.structs.replace(style, width=None, color=False)
    for item in reports:
        _write(item.file, render(plan, item.form, style))


def write_mistakes(problems: Sequence[Problem], reports: Sequence[Reported], root: Path) -> None:
    """Write mistakes in files to every file whose format can show them; the others are left as they are.

    Errors: UsageError if a file cannot be written.
    """
    from reconciler.cli.output import mistakes_text

    for item in reports:
        text = mistakes_text(problems, item.form, root)
        if text is not None:
            _write(item.file, text)


def _write(file: Path, text: str) -> None:
    from reconciler.cli.output import tell
    from reconciler.errors import UsageError

    try:
        file.write_text(text, encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise UsageError(f"--report {file}: cannot be written: {error.strerror}") from error
    tell(f"saved {file}")

"""The group of all commands, and how an error ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from reconciler.cli.summaries import SUMMARIES
from reconciler.errors import InvalidDocuments, ReconcilerError

_FOLDER = Path(__file__).parent
_NOT_COMMANDS = frozenset(
    {"__init__", "main", "frame", "output", "planning", "reporting", "summaries", "values", "views"}
)


class Commands(click.Group):
    """Finds a command in the file of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return sorted({path.stem for path in _FOLDER.glob("*.py")} - _NOT_COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUMMARIES[name]) for name in self.list_commands(ctx)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"reconciler.cli.{cmd_name}").COMMAND
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"{error.message.rstrip('.')}.{hint}", ctx=ctx) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def root() -> None:
    """Manage CSP customers' Azure reservations as code.

    Write the desired state in YAML, read what a change would do and cost with
    `plan`, and carry exactly that out with `apply`.
    """


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; known errors end in one line."""
    try:
        result = root.main(args=list(arguments), prog_name="reconciler", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except InvalidDocuments as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return _fail(str(error), error.exit_code)
    except ReconcilerError as error:
        return _fail(str(error), error.exit_code)
    except click.UsageError as error:
        help_for = error.ctx.command_path if error.ctx else "reconciler"
        return _fail(f"{error.format_message()} (see `{help_for} --help`)", 1)
    except click.ClickException as error:
        return _fail(error.format_message(), 1)
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted; `reconciler status` shows what is still open", 1)


def _fail(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code

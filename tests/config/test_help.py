"""What ``reconciler --help`` lists, and what it must not import for it."""

from __future__ import annotations

import subprocess
import sys

import click
from click.testing import CliRunner

from reconciler.cli.main import root
from reconciler.cli.summaries import SUMMARIES


def test_every_command_should_have_a_summary_and_no_other_has() -> None:
    assert root.list_commands(click.Context(root)) == list(SUMMARIES)


def test_every_summary_should_stand_whole_on_one_line_of_a_terminal() -> None:
    shown = CliRunner().invoke(root, ["--help"], terminal_width=80).output
    assert [text for text in SUMMARIES.values() if f"  {text}\n" not in shown] == []


def _loaded(statement: str, *prefixes: str) -> str:
    """Return the modules of these names that a fresh process has imported after *statement*."""
    told = f"print(*sorted(name for name in sys.modules if name.startswith({prefixes!r})))"
    code = f"import sys; from reconciler.cli.main import run; {statement}; {told}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def test_the_list_should_import_no_command_and_nothing_that_commands_need() -> None:
    assert _loaded("run(['--help'])", "reconciler.cli.plan", "msgspec", "yaml") == ""
    assert _loaded("run(['plan', '--help'])", "reconciler.cli.plan") == "reconciler.cli.plan reconciler.cli.planning"


def test_validate_should_import_nothing_that_only_other_commands_need() -> None:
    read = "from reconciler import pipeline; pipeline.read_desired"
    assert _loaded(read, "sqlalchemy", "azure", "google", "deepdiff", "reconciler.planner") == ""
    assert "reconciler.planner.build" in _loaded("from reconciler import pipeline; pipeline.plan", "reconciler.planner")

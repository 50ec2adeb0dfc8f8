"""What every command takes, so that a pipeline may give it to all of them."""

from __future__ import annotations

import click
import pytest

from reconciler.cli.main import root, run

CONTEXT = click.Context(root)
CONFIGURED = [
    name
    for name in root.list_commands(CONTEXT)
    if "config" in {item.name for item in root.get_command(CONTEXT, name).params}
]


@pytest.mark.parametrize("command", CONFIGURED)
def test_every_command_takes_the_options_of_looks(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--no-color", "-v", "--help"]) == 0
    help_text = capsys.readouterr().out
    assert (help_text.count("--no-color"), help_text.count("--verbose")) == (1, 1)


def test_every_command_is_told_in_one_sentence_that_does_not_begin_with_its_name() -> None:
    helps = {name: root.get_command(CONTEXT, name).help or "" for name in root.list_commands(CONTEXT)}
    assert [name for name, text in helps.items() if not text[:1].isupper()] == []

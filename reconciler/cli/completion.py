"""Print what makes a shell complete commands, options and formats: eval "$(reconciler completion bash)"."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", help=__doc__)
@click.argument("shell", type=click.Choice(SHELLS))
def COMMAND(shell: str) -> int:
    """Print the script."""
    from reconciler.cli.main import root
    from reconciler.cli.output import say

    known = get_completion_class(shell)
    assert known is not None  # click has these three
    say(known(root, {}, "reconciler", "_RECONCILER_COMPLETE").source())
    return 0

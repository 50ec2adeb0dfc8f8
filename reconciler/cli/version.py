"""Which version this is."""

import click

from reconciler import __version__


@click.command("version", help=__doc__)
def COMMAND() -> int:
    """Print it."""
    print(f"reconciler {__version__}")
    return 0

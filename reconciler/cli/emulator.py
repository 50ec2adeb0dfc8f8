"""An ARM endpoint on loopback, for trying out and for tests."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from reconciler.cli.values import InstantType


class PortType(click.IntRange):
    """A port's number, in the digits of ASCII alone: Python reads those of every script, and underscores."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, str) and not (value.isascii() and value.isdigit()):
            self.fail(f"{value!r} is not a port; write it like 8750", param, ctx)
        port: int = super().convert(value, param, ctx)
        return port


@click.command("emulator", help=__doc__)
@click.option("--estate", type=click.Path(path_type=Path), help="Estate file to load, and to save after each change.")
@click.option("--port", type=PortType(0, 65535), default=8750, show_default=True, help="0 takes a free one.")
@click.option("--at", type=InstantType(), help="Where its clock stands [the real clock].")
@click.option("--ephemeral", is_flag=True, help="Never save.")
@click.option("--faults", metavar="FILE", help="What goes wrong: a file, or a built-in profile (see docs/emulator.md).")
def COMMAND(estate: Path | None, port: int, at: datetime | None, ephemeral: bool, faults: str | None) -> int:
    """Serve until stopped."""
    from reconciler.emulator.errors import EmulatorError
    from reconciler.emulator.server import serve
    from reconciler.errors import UsageError

    try:
        serve(estate, port, at, ephemeral, faults)
    except EmulatorError as error:
        raise UsageError(f"emulator: {error}") from error
    return 0

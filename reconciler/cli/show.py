"""A saved plan, in any format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import styled
from reconciler.cli.values import FormatType

if TYPE_CHECKING:
    from reconciler.reports import Options


@click.command("show", help=__doc__)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=FormatType(), default="text", show_default=True, help="How to show it.")
@styled
def COMMAND(file: Path, form: str, style: Options) -> int:
    """Read and render."""
    import msgspec

    from reconciler.apply.planfile import read_plan
    from reconciler.cli.output import say
    from reconciler.reports import render

    plan = read_plan(file)
    say(render(plan, form, msgspec.structs.replace(style, plan_file=str(file))))
    return 0

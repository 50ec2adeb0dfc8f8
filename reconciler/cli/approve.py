"""An approval of one saved plan, as a file for `apply --approval`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from reconciler.cli.values import InstantType


@click.command("approve", help=__doc__)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--approver", required=True, help="Who approves.")
@click.option("--ceiling", help="How much may be refunded, like '25000.00 USD' [what the plan says].")
@click.option("--expires", type=InstantType(), help="Until when it holds [as long as the plan].")
@click.option("--out", type=click.Path(path_type=Path), help="Write it there instead of to stdout.")
def COMMAND(file: Path, approver: str, ceiling: str | None, expires: datetime | None, out: Path | None) -> int:
    """Write the approval; who approves has read the plan."""
    from reconciler.apply.planfile import read_plan
    from reconciler.cli.output import say, tell
    from reconciler.errors import UsageError
    from reconciler.policies.approvals import approval_text, refunded
    from reconciler.policies.values import refund

    plan = read_plan(file)
    try:
        most = refund(ceiling) if ceiling is not None else refunded(plan)
    except ValueError as error:
        raise UsageError(f"--ceiling: {error}") from error
    if not approver.strip() or not approver.isprintable():
        raise UsageError(f"--approver {approver!r}: it must be a name on one line")
    text = approval_text(plan, approver.strip(), most, expires or plan.expires_at)
    if out is None:
        say(text)
        return 0
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written: {error.strerror}") from error
    tell(f"saved {out}")
    return 0

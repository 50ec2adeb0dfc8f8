"""What `plan` and `drift` have in common: the options of a plan, and the plan that they ask for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from reconciler.cli.frame import configured, selecting, styled, timed, working
from reconciler.cli.reporting import REPORTS, mistakes_shown
from reconciler.cli.values import FormatType

if TYPE_CHECKING:
    from reconciler.cli.reporting import Reported
    from reconciler.model.plan import Plan
    from reconciler.pipeline import Request
    from reconciler.reports import Options

Command = TypeVar("Command", bound=Callable[..., Any])
# As far as the configuration's schema goes.
_FURTHEST = timedelta(days=9999)


class Asked(NamedTuple):
    """A plan that was asked for, and how to show it."""

    request: Request
    form: str
    style: Options
    reports: tuple[Reported, ...]


class DaysType(click.ParamType[timedelta]):
    """An ISO 8601 duration, of which whole days count."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        from reconciler.config import parse_duration

        if isinstance(value, timedelta):
            return value
        try:
            found = parse_duration(value)
            if found > _FURTHEST:
                raise ValueError(value)
            return found
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a duration; write it in days up to P9999D, like P30D", param, ctx)


def planning(command: Command) -> Command:
    """Give *command* the options of a plan, handed to it as ``asked``."""

    @click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
    @click.option("--format", "form", type=FormatType(), default="text", show_default=True, help="How to show it.")
    @click.option("--no-quote", is_flag=True, help="Ask the service for nothing but the current state; estimate.")
    @click.option(
        "--accept", "accepted", multiple=True, help="Accept what would be refused, for this plan: NAME or NAME=VALUE."
    )
    @click.option("--deadlines-within", type=DaysType(), help="Tell of deadlines this far ahead [P30D].")
    @click.option("--due", is_flag=True, help="Only what notBefore put off until today or an earlier day.")
    @REPORTS
    @mistakes_shown
    @configured
    @working
    @selecting
    @timed
    @styled
    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        import msgspec

        from reconciler.cli.frame import request
        from reconciler.cli.output import folder, known_rulebooks
        from reconciler.pipeline import Engine
        from reconciler.policies.acceptance import read_accepted

        form, style, config = kwargs.pop("form"), kwargs.pop("style"), kwargs.pop("config")
        within = kwargs.pop("deadlines_within")
        if within is not None:
            config = msgspec.structs.replace(config, deadlines_within=within)
        law = known_rulebooks(config.rulebook, config.root)
        style = msgspec.structs.replace(style, folder=folder(config.root), rulebook=law)
        asked = request(
            config,
            paths=kwargs.pop("paths"),
            selection=kwargs.pop("selection"),
            accepted=read_accepted(kwargs.pop("accepted")),
            at=kwargs.pop("at"),
            quote=not kwargs.pop("no_quote"),
            due=kwargs.pop("due"),
            engine=kwargs.pop("engine") or Engine(jobs=config.jobs),
        )
        return command(*args, asked=Asked(asked, form, style, kwargs.pop("reports")), **kwargs)

    return wrapped  # type: ignore[return-value]


def planned(request: Request) -> Plan:
    """Read the current state from the configured provider, and plan."""
    from reconciler import pipeline
    from reconciler.cli.frame import provider_of
    from reconciler.cli.output import tell_coverage

    with provider_of(request.config) as provider:
        plan = pipeline.plan(request, provider)
    tell_coverage(plan.inputs.changed_since or None, removed=False)
    return plan


def present(plan: Plan, form: str, style: Options, out: Path | None, reports: tuple[Reported, ...]) -> None:
    """Save *plan* where that was asked for, write its reports, and show it."""
    import msgspec

    from reconciler.cli.output import save, say
    from reconciler.cli.reporting import write_plan
    from reconciler.reports import render
    from reconciler.reports.json import plan_bytes

    if out is not None:
        save(out, plan_bytes(plan))
        style = msgspec.structs.replace(style, plan_file=str(out))
    write_plan(plan, reports, style)
    say(render(plan, form, style))

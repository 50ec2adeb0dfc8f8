"""What commands have in common: options, configuration, provider."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli.values import InstantType, ShardType

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.pipeline import Request
    from reconciler.providers import LiveProvider, Provider

Command = TypeVar("Command", bound=Callable[..., Any])


def now() -> datetime:
    """Return the wall clock's instant, without fractions of a second."""
    return datetime.now(UTC).replace(microsecond=0)


_CONFIGURED = (
    click.option("--config", type=click.Path(path_type=Path), help="Configuration file [reconciler.yaml]."),
    click.option("--desired", type=click.Path(path_type=Path), help="Folder of desired state [desired]."),
    click.option("--provider", help="azure, emulator or snapshot."),
    click.option(
        "--estate",
        type=click.Path(path_type=Path),
        help="Read the current state from an estate file, with no network.",
    ),
    click.option("--endpoint", help="Where the service or the emulator is."),
    click.option("--rulebook", help="Built-in id or path of the rules in force."),
    click.option(
        "--jobs",
        type=click.IntRange(1, 64),
        help="How many requests may be under way at once [16]; where processes do the work, how many [one a core].",
    ),
)
_SELECTING = (
    click.option("--customer", "customers", multiple=True, help="Only this customer; repeatable."),
    click.option("--target", "targets", multiple=True, help="Only this address; repeatable."),
    click.option("--exclude", "excluded", multiple=True, help="All but this address; repeatable."),
)
_SINCE = (
    click.option(
        "--changed-since",
        metavar="REV",
        help="Only customers whose files changed since HEAD parted from this revision.",
    ),
    click.option("--shard", type=ShardType(), help="Only the customers' files that are dealt to part I of N jobs."),
)
_WORKING = (
    click.option(
        "--executor",
        type=click.Choice(["processes", "dask"]),
        help="Who works where the work can be divided: processes here, or a Dask cluster.",
    ),
    click.option("--scheduler", metavar="URL", help="Where the Dask cluster's scheduler is, like tcp://HOST:8786."),
)
_APPROVALS = (
    click.option(
        "--approval",
        "approvals",
        multiple=True,
        type=click.Path(path_type=Path),
        help="An approval of the plan; repeatable.",
    ),
)
_AT = (click.option("--at", type=InstantType(), help="What-if instant or day (UTC); cannot be applied."),)
_LOOKS = (
    click.option("--no-color", is_flag=True, help="No colour, whatever the terminal."),
    click.option("-v", "--verbose", is_flag=True, help="Show everything."),
)


def _applied(options: tuple[Any, ...], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def configured(command: Command) -> Command:
    """Give *command* the configuration's options, handed to it as ``config``.

    Those of looks are taken by every command, so that a pipeline may give them to all;
    one that is not ``styled`` colours and hides nothing.
    """
    styled_already = any(option.name == "no_color" for option in getattr(command, "__click_params__", ()))

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not styled_already:
            del kwargs["no_color"], kwargs["verbose"]
        names = ("config", "desired", "provider", "estate", "endpoint", "rulebook", "jobs")
        given = {name: kwargs.pop(name) for name in names}
        return command(*args, config=merged_config(given), **kwargs)

    return _applied(_CONFIGURED if styled_already else _CONFIGURED + _LOOKS, wrapped)  # type: ignore[return-value]


def selecting(command: Command) -> Command:
    """Give *command* the options that choose addresses, handed to it as ``selection``."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        from reconciler.model.inputs import Selection

        selection = Selection(
            customers=frozenset(kwargs.pop("customers")),
            targets=frozenset(kwargs.pop("targets")),
            excluded=frozenset(kwargs.pop("excluded")),
            changed_since=kwargs.pop("changed_since"),
            shard=kwargs.pop("shard"),
        )
        return command(*args, selection=selection, **kwargs)

    return _applied(_SELECTING + _SINCE, wrapped)  # type: ignore[return-value]


def since(command: Command) -> Command:
    """Give *command* the options that choose among the customers' files."""
    return _applied(_SINCE, command)


def working(command: Command) -> Command:
    """Give *command* the options of who does the work, handed to it as ``engine``, None where nothing was said.

    Its ``config`` is there already.
    """

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        from reconciler.pipeline import PROCESSES, Engine

        executor, scheduler, jobs = kwargs.pop("executor"), kwargs.pop("scheduler"), kwargs["config"].jobs
        engine = Engine(executor=executor or PROCESSES, jobs=jobs, scheduler=scheduler)
        return command(*args, engine=engine if executor else None, **kwargs)

    return _applied(_WORKING, wrapped)  # type: ignore[return-value]


def approved(command: Command) -> Command:
    """Give *command* the option ``--approval``, handed to it as ``approvals``."""
    return _applied(_APPROVALS, command)


def timed(command: Command) -> Command:
    """Give *command* the option ``--at``."""
    return _applied(_AT, command)


def styled(command: Command) -> Command:
    """Give *command* the options of looks, handed to it as ``style``."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        from reconciler.cli.output import style

        return command(*args, style=style(kwargs.pop("no_color"), kwargs.pop("verbose")), **kwargs)

    return _applied(_LOOKS, wrapped)  # type: ignore[return-value]


def merged_config(given: dict[str, Any]) -> Config:
    """Return the configuration file's settings, overridden by the flags that were *given*."""
    import msgspec

    from reconciler.cache.place import place_of
    from reconciler.config import load_config
    from reconciler.errors import UsageError

    config = load_config(given["config"], Path())
    changes: dict[str, Any] = {"cache": place_of(os.environ)}
    if given["desired"] is not None:
        changes["desired"] = str(given["desired"].absolute())
    if given["rulebook"] is not None:
        path = Path(given["rulebook"])
        changes["rulebook"] = str(path.absolute()) if path.is_file() else given["rulebook"]
    if given["provider"] is not None:
        changes["provider"] = given["provider"]
    if given["estate"] is not None:
        if given["provider"] not in (None, "snapshot"):
            raise UsageError(f"--estate means provider snapshot; --provider {given['provider']} contradicts it")
        changes |= {"provider": "snapshot", "snapshot": str(given["estate"].absolute())}
    reach = {name: given[name] for name in ("endpoint", "jobs") if given[name] is not None}
    changes["jobs"] = given["jobs"]
    if reach:
        changes["azure"] = msgspec.structs.replace(config.azure, **reach)
    return msgspec.structs.replace(config, **changes)


def rulebook_in_force() -> str:
    """Return the rulebook that the configuration of the command under way names, whatever its flags say."""
    given = click.get_current_context().params
    empty = dict.fromkeys(("desired", "provider", "estate", "endpoint", "rulebook", "jobs"))
    return merged_config({**empty, "config": given["config"]}).rulebook


@contextmanager
def provider_of(config: Config) -> Iterator[Provider]:
    """Open the configured provider, and close it at the end."""
    from reconciler.providers import open_provider

    provider = open_provider(config)
    try:
        yield provider
    finally:
        provider.close()


def live(provider: Provider, doing: str) -> LiveProvider:
    """Return *provider* if it reaches a service; UsageError says what it cannot do if not."""
    from reconciler.errors import UsageError
    from reconciler.providers import LiveProvider

    if isinstance(provider, LiveProvider):
        return provider
    raise UsageError(f"an estate file cannot {doing}; use --provider azure, or emulator with --endpoint")


def request(config: Config, **asked: Any) -> Request:
    """Return a request at the wall clock's instant."""
    from reconciler.pipeline import Request

    return Request(config=config, now=now(), **asked)

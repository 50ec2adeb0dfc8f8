"""Values of options that are not plain text: instants, formats, shards."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# Digits of ASCII alone: Python reads those of every script.
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHARD = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")


class InstantType(click.ParamType[datetime]):
    """An RFC 3339 instant, or a day (its first moment), in UTC."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            if DAY.fullmatch(value):
                day = date.fromisoformat(value)
                return datetime(day.year, day.month, day.day, tzinfo=UTC)
            # Other forms of ISO 8601 that Python reads, weeks and days of the year say, are slips here.
            if not DAY.match(value):
                raise ValueError(value)
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is None:
                self.fail(f"{value!r} has no time zone; write it like 2026-11-22T12:00:00Z", param, ctx)
            return instant.astimezone(UTC).replace(microsecond=0)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not an instant; write it like 2026-11-22T12:00:00Z", param, ctx)


class ShardType(click.ParamType[Any]):
    """``I/N``: the part I, from 1, of N."""

    name = "shard"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from reconciler.model.sharding import Shard

        if isinstance(value, Shard):
            return value
        found = _SHARD.fullmatch(value)
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            self.fail(f"{value!r} is not a part of so many; write it like 2/8, the second of eight", param, ctx)
        return Shard(number=int(found[1]), of=int(found[2]))

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 (click's signature)
        return "I/N"


class FormatType(click.ParamType[str]):
    """A format of plans, or one of those that mistakes in files are written in too."""

    name = "format"

    def __init__(self, of_mistakes: bool = False) -> None:
        self._of_mistakes = of_mistakes

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self._names():
            self.fail(f"there is no format {value!r}; choose from {', '.join(self._names())}", param, ctx)
        return value

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 (click's signature)
        return f"[{'|'.join(self._names())}]"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in self._names() if name.startswith(incomplete)]

    def _names(self) -> list[str]:
        from reconciler.reports import reports

        return [
            name for name, report in reports().items() if not self._of_mistakes or report.mistakes or name == "text"
        ]

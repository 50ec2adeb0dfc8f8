"""What the commands that only look have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.model import desired
    from reconciler.model.inputs import Memory, Selection
    from reconciler.providers import Provider

Command = TypeVar("Command", bound=Callable[..., Any])

of_customers = click.option("--customer", "customers", multiple=True, help="Only this customer; repeatable.")


def in_format(*names: str) -> Callable[[Command], Command]:
    """Return the option ``--format`` with these choices; the first is the default."""
    return click.option("--format", "form", type=click.Choice(names), default=names[0], show_default=True)


def chosen(state: desired.State, customers: Iterable[str]) -> Selection:
    """Return the selection of these customers, all where none is named; UsageError if one is unknown."""
    from reconciler.documents import near
    from reconciler.errors import UsageError
    from reconciler.model.inputs import Selection

    known = [item.name for item in state.customers]
    for name in customers:
        if name not in known:
            raise UsageError(f"no file names the customer {name}{near(name, known)}")
    return Selection(customers=frozenset(customers))


def remembered(config: Config, provider: Provider, customers: Iterable[desired.Customer]) -> dict[str, Memory]:
    """Return what the ledger knows of each customer, as plans use it: of a live service alone."""
    from reconciler import pipeline
    from reconciler.ledger import ledger_exists, open_ledger
    from reconciler.model.inputs import Memory
    from reconciler.providers import LiveProvider

    url = pipeline.ledger_url(config)
    names = [item.name for item in customers]
    if not isinstance(provider, LiveProvider) or not ledger_exists(url):
        return dict.fromkeys(names, Memory())
    with open_ledger(url, create=False) as ledger:
        return {name: pipeline.remember(ledger, name) for name in names}


def aliases(config: Config, customers: Iterable[desired.Customer]) -> dict[str, dict[str, str]]:
    """Return what each customer's file calls its subscriptions, by their ids in lower case."""
    from reconciler.documents import load

    found = {}
    for customer in customers:
        name = customer.location.file
        named = load(config.root / name, name).at(("spec", "subscriptions")) or {}
        found[customer.name] = {identity.lower(): alias for alias, identity in named.items()}
    return found


def pretty(value: object) -> str:
    """Return a value as JSON that people can read too."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()

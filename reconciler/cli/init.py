"""Begin a repository: reconciler.yaml, a file for each customer, and the schemas for editors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

CREDENTIALS = ("cli", "workloadIdentity", "clientSecret", "clientCertificate", "managedIdentity")
_NEXT = """
Next: reconciler doctor          whether this machine may read and act
      reconciler import          writes what Azure has into the customers' files
      reconciler ledger init     makes the memory of what was refunded
      reconciler plan"""


@click.command("init", help=__doc__)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--rulebook", help="The law to plan by: a built-in id, or a path in the folder.")
@click.option("--credential", type=click.Choice(CREDENTIALS), help="How to sign in to customers' tenants.")
@click.option("--ledger", default="sqlite:///.reconciler/ledger.db", show_default=True, help="Where refunds are kept.")
@click.option("--tenant", "tenants", multiple=True, metavar="NAME=ID", help="A customer and its tenant; repeatable.")
def COMMAND(folder: Path, rulebook: str | None, credential: str | None, ledger: str, tenants: tuple[str, ...]) -> int:
    """Ask on a terminal for what was not given, write what is missing, and say what to do next."""
    from reconciler import pipeline
    from reconciler.cli.output import say, tell
    from reconciler.rulebooks import load_rulebook
    from reconciler.writing import Start

    rulebook = rulebook or _chosen_rulebook()
    load_rulebook(rulebook, folder)
    wanted = Start(
        rulebook=rulebook,
        credential=credential or _asked("How to sign in to customers' tenants", CREDENTIALS),
        ledger=ledger,
        tenants=_tenants(tenants),
    )
    for line in pipeline.start(folder, wanted):
        say(line)
    tell(_NEXT)
    return 0


def _chosen_rulebook() -> str:
    from reconciler.cli.output import tell
    from reconciler.rulebooks import built_in, load_rulebook

    if sys.stdin.isatty():
        for name in built_in():
            book = load_rulebook(name, Path())
            tell(f"{name}  {book.title}")
    return _asked("Which rulebook", built_in())


def _asked(question: str, choices: tuple[str, ...]) -> str:
    """Return the answer of whoever sits at the terminal; the first choice where nobody does."""
    if not sys.stdin.isatty():
        return choices[0]
    answer: Any = click.prompt(question, type=click.Choice(choices), default=choices[0], err=True)
    return str(answer)


def _tenants(given: tuple[str, ...]) -> dict[str, str]:
    from reconciler.errors import UsageError

    tenants: dict[str, str] = {}
    for text in given:
        name, equals, tenant = text.partition("=")
        if not equals or name in tenants:
            raise UsageError(f"--tenant {text}: write NAME=ID, each name once")
        if tenant.lower() in tenants.values():
            raise UsageError(f"--tenant {text}: each tenant once; two customers cannot share one")
        tenants[name] = tenant.lower()
    return tenants

"""Loaded by a Dask worker that is to be killed by SIGKILL, as a machine that is taken away is, at a certain moment.

One of them lives, and is not where it should be.
"""

from __future__ import annotations

import os
import signal
from typing import Any

import click
import msgspec


def _end(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _planning() -> None:
    from reconciler.pipeline import shares

    shares.plan_share = _end


def _sent() -> None:
    """Die right after the service was asked for a return, and before that was seen to be done."""
    from reconciler.providers.azure.provider import AzureProvider

    send = AzureProvider.send_return

    def ends(*arguments: Any) -> None:
        send(*arguments)
        _end()

    AzureProvider.send_return = ends  # type: ignore[method-assign]


def _after(method: str) -> None:
    """Die right after the ledger wrote something down for the first time."""
    from reconciler.ledger.ledger import Ledger

    write = getattr(Ledger, method)

    def ends(*arguments: Any, **named: Any) -> None:
        write(*arguments, **named)
        _end()

    setattr(Ledger, method, ends)


def _told() -> None:
    """Die when all of a customer is done, and before anybody is told."""
    from reconciler.pipeline import spreading

    do = spreading.do_errand

    def ends(*arguments: Any) -> None:
        do(*arguments)
        _end()

    spreading.do_errand = ends  # type: ignore[assignment]


def _elsewhere() -> None:
    """Live, and read the files of another commit."""
    from reconciler.pipeline import shares

    load = shares.desired_files.load_share

    def another(*arguments: Any) -> Any:
        share = load(*arguments)
        found = tuple(msgspec.structs.replace(file, digest=bytes(32)) for file in share.files) if share else ()
        return msgspec.structs.replace(share, files=found)

    shares.desired_files.load_share = another  # type: ignore[assignment]


MOMENTS = {
    "elsewhere": _elsewhere,
    "planning": _planning,
    "held": lambda: _after("hand_over"),
    "intended": lambda: _after("intend"),
    "sent": _sent,
    "confirmed": lambda: _after("settle"),
    "told": _told,
}


@click.command()
@click.argument("moment")
def dask_setup(worker: Any, moment: str) -> None:  # noqa: ARG001 (Dask's signature)
    """Prepare the end."""
    MOMENTS[moment]()

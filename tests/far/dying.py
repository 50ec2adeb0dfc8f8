"""Loaded by a Dask worker that is to be killed by SIGKILL, as a machine that is taken away is, at a certain moment."""

from __future__ import annotations

import os
import signal
from typing import Any

import click


def _end(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _planning() -> None:
    from reconciler.pipeline import shares

    shares.plan_share = _end


MOMENTS = {"planning": _planning}


@click.command()
@click.argument("moment")
def dask_setup(worker: Any, moment: str) -> None:  # noqa: ARG001 (Dask's signature)
    """Prepare the end."""
    MOMENTS[moment]()

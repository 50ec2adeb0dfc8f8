"""An apply whose customers are acted on by other processes: here, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from reconciler.apply.errands import Errand, Report, Spread, do_errand
from reconciler.config import Config
from reconciler.errors import LedgerError, UsageError
from reconciler.ledger import is_postgresql, open_ledger
from reconciler.pipeline.executing import Engine, cores, crew
from reconciler.pipeline.remembering import ledger_url
from reconciler.pipeline.working import Work
from reconciler.providers import LiveProvider, open_provider


@contextmanager
def spreading(engine: Engine | None, config: Config, customers: int) -> Iterator[Spread | None]:
    """Give what hands out *customers*' errands as *engine* says; None where this process does all of it.

    Errors: UsageError where the ledger is a file, or the cluster cannot be used.
    """
    if engine is None:
        yield None
        return
    if not is_postgresql(ledger_url(config)):
        raise UsageError(
            f"--executor {engine.executor}: apply goes out to other processes only with the ledger in PostgreSQL, "
            "which decides what was done; set ledger: postgresql://... or leave --executor out"
        )
    work = Work[Errand, Report](do=run_errand, frame=config, result=Report)
    with crew(engine, work, max(1, min(engine.jobs or cores(), customers))) as each:
        yield each


def run_errand(config: Config, errand: Errand) -> Report:
    """Act on one customer, in whatever process this is; that the ledger is lost to it ends no other's work."""
    try:
        with closing(open_provider(config)) as provider, open_ledger(ledger_url(config), create=False) as ledger:
            assert isinstance(provider, LiveProvider)  # as that of who sent the errand is
            return do_errand(errand, provider, ledger)
    except LedgerError as error:
        return Report(failed=str(error))

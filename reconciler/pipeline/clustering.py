"""A Dask cluster that does what this process would: `--executor dask --scheduler tcp://HOST:8786`.

The cluster runs any code that it is given, so that who may reach its scheduler is as mighty as
its workers: `tls://` and who may connect are Dask's own configuration.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from reconciler import __version__
from reconciler.errors import UsageError
from reconciler.pipeline.working import Each, Work, completed, packed, unpacked

Task = TypeVar("Task")
Result = TypeVar("Result")
_PATIENCE = 15  # seconds for a scheduler to answer


@contextmanager
def cluster(url: str, work: Work[Task, Result]) -> Iterator[Each[Task, Result]]:
    """Give what lets the cluster at *url* do *work*.

    Errors: UsageError if Dask is not installed, the scheduler does not answer, or a worker
            has another version of this program or does not see what it must.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "--executor dask: Dask is not installed here: pip install 'csp-reservation-reconciler[dask]'"
        ) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is told by the error
    try:
        client: Any = Client(url, timeout=_PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UsageError(f"--scheduler {url}: no Dask scheduler answers there: {error}") from error
    with client:
        _require_able(url, client.run(unable, __version__, work.needs, on_error="return"))
        (frame,) = client.scatter([work.frame], broadcast=True)
        yield partial(_afar, work, client.get_executor(), frame, url)


def unable(version: str, needs: Sequence[Path]) -> str | None:
    """Return why this process cannot do the work, None if it can; run by each worker."""
    if version != __version__:
        return f"it has version {__version__} of this program, not {version}"
    missing = next((path for path in needs if not path.exists()), None)
    return f"it does not see {missing}; workers read the files themselves, under the same paths" if missing else None


def _require_able(url: str, answers: dict[str, object]) -> None:
    if not answers:
        raise UsageError(f"--scheduler {url}: the cluster has no workers; start some: dask worker {url}")
    for worker, answer in sorted(answers.items()):
        if isinstance(answer, Exception):
            text = f"it cannot run this program ({answer}); install version {__version__} there"
            raise UsageError(f"--scheduler {url}: worker {worker}: {text}") from answer
        if answer is not None:
            raise UsageError(f"--scheduler {url}: worker {worker}: {answer}")


def _afar(
    work: Work[Task, Result],
    executor: Executor,
    frame: Any,
    url: str,
    tasks: Sequence[Task],
    interrupted: Callable[[], None] | None = None,
) -> Iterator[tuple[int, Result]]:
    do: Callable[..., bytes] = packed
    places = {executor.submit(do, work.do, frame, task): place for place, task in enumerate(tasks)}
    try:
        for future in completed(places, interrupted):
            yield places[future], unpacked(future.result(), work)
    except (Exception, CancelledError) as error:
        # What Dask says of a cluster that gave up; anything else is this program's own.
        if isinstance(error, CancelledError | OSError) or type(error).__module__.startswith("distributed"):
            raise UsageError(
                f"--scheduler {url}: the cluster gave the work up: {error or type(error).__name__}"
            ) from error
        raise

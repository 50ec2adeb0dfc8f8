"""Every error that a user can cause or meet, with the exit code it ends in.

    ReconcilerError                    1
    |-- UsageError                     1   a flag, a path or a combination that cannot work
    |-- InvalidDocuments               1   YAML with mistakes; carries every problem
    |-- CurrencyMismatch               1   two currencies in one sum
    |-- ProviderError                  1   the service refused, failed or answered nonsense
    |   `-- Unsettled                  4   sent, and how it ended is not known yet
    |-- LedgerError                    1   the ledger is missing, foreign or cannot be written
    |   `-- CapExceeded                1   what is under way and this are more than the cap holds
    |-- PolicyError                    1   the policies cannot be judged at all
    |-- LimitExceeded                  3   a plan that goes beyond the partner's own limits or policies
    |-- PlanRefused                    5   a plan file that is stale, expired, used or altered
    `-- LockHeld                       6   another run holds the customer

A known error prints one line and exits with its code. Anything else is a bug
and keeps its traceback. Exit code 7 (an incomplete reading), and 3 where something is
blocked, are results, not errors: they are read off the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.finding import Problem


class ReconcilerError(Exception):
    """Anything that is reported in one line, without a traceback."""

    exit_code = 1


class UsageError(ReconcilerError):
    """The command cannot work as it was called."""


class InvalidDocuments(ReconcilerError):
    """YAML documents with mistakes; every one of them is in ``problems``."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__(f"{count} problem{'' if count == 1 else 's'} found; nothing was changed")


class CurrencyMismatch(ReconcilerError):
    """Amounts of two currencies met in one sum or comparison."""


class ProviderError(ReconcilerError):
    """The service could not be reached, refused, or answered what it must not.

    ``code`` is the service's own error code where it gave one, else None;
    ``refused`` says that the service proved to have done nothing.
    """

    def __init__(self, message: str, code: str | None = None, refused: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.refused = refused


class Unsettled(ProviderError):
    """A request was sent and its outcome is not known."""

    exit_code = 4


class LedgerError(ReconcilerError):
    """The ledger cannot be opened, read or written."""


class CapExceeded(LedgerError):
    """The cap does not hold a return beside all that is confirmed or under way."""


class PolicyError(ReconcilerError):
    """The process that judges policies does not work."""


class LimitExceeded(ReconcilerError):
    """The partner's own limits or policies refuse to begin a run, or an approval is missing."""

    exit_code = 3


class PlanRefused(ReconcilerError):
    """A plan file must not be applied: stale, expired, used before or altered."""

    exit_code = 5


class LockHeld(ReconcilerError):
    """Another run is applying to the same customer."""

    exit_code = 6

"""What a look at one customer's tenant found: sign-in, reading, rights, clock."""

from __future__ import annotations

import re

import msgspec


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """What one role assignment allows: its actions less its own notActions; ``*`` stands for anything."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Say whether an action, such as Microsoft.Capacity/reservationOrders/read, is allowed; case does not count."""
        return _any(self.actions, action) and not _any(self.not_actions, action)


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """One customer, looked at; a ``..._problem`` is None where that went well, and nothing later was tried if not.

    ``permissions`` are those on each order that was asked about, None where they could not be
    read. ``guest`` says that the token is a guest account's, None where it does not tell.
    ``quote_refused`` says that the service would not quote a return for want of a right, None where
    it was not asked. ``skew`` is how many seconds our clock is ahead of the service's, None where
    that is not known.
    """

    credential: str
    sign_in_problem: str | None = None
    read_problem: str | None = None
    orders: int = 0
    reservations: int = 0
    permissions: dict[str, tuple[Permission, ...] | None] = {}
    guest: bool | None = None
    quote_refused: bool | None = None
    skew: float | None = None


def _any(patterns: tuple[str, ...], action: str) -> bool:
    return any(re.fullmatch(re.escape(item).replace(r"\*", ".*"), action, re.IGNORECASE) for item in patterns)

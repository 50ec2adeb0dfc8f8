"""The emulator's clock: the real one, or one that stands until it is moved."""

from datetime import UTC, date, datetime

from .days import later_by


class Clock:
    """Tell the emulator's time."""

    def __init__(self, at: datetime | None) -> None:
        self._at = at.astimezone(UTC) if at else None

    def now(self) -> datetime:
        """Return the emulator's instant, in UTC."""
        return self._at or self.real()

    def today(self) -> date:
        """Return the emulator's UTC day."""
        return self.now().date()

    def real(self) -> datetime:
        """Return the machine's own instant, which sessions age by as well."""
        return datetime.now(UTC)

    def move(self, at: datetime) -> None:
        """Stand at *at* from now on."""
        self._at = at.astimezone(UTC)

    def advance(self, duration: str) -> None:
        """Stand a *duration* later than now.

        Errors: ValueError if *duration* is not ISO 8601.
        """
        self.move(later_by(self.now(), duration))

"""The time, as the service sees it."""

from datetime import UTC, datetime, timedelta


class Clock:
    """The system's time in UTC. Only the sandbox ever moves it."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """The time now, aware and in UTC."""
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Let it be later by this much from now on."""
        self._ahead += by

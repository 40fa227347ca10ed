"""How fast a conversation may be written to, as a pure calculation.

Each limit is a pair of a steady interval and a burst; a conversation keeps one number per limit,
the time at which its bucket would be full again (the generic cell rate algorithm).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `burst` at once, and one every `interval` seconds in the long run."""

    interval: float
    burst: int

    @property
    def tolerance(self) -> float:
        """How many seconds ahead of the steady rate a burst may be."""
        return self.interval * (self.burst - 1)


PaceState = tuple[float, ...]


def ready_at(paces: tuple[Pace, ...], state: PaceState, now: float) -> float:
    """The earliest time (seconds) at which one more may be sent; `now` when it may be at once."""
    kept = state or (0.0,) * len(paces)
    return max([now, *(due - pace.tolerance for pace, due in zip(paces, kept, strict=True))])


def spend(paces: tuple[Pace, ...], state: PaceState, now: float) -> PaceState:
    """The state after one was sent at `now` (seconds)."""
    kept = state or (0.0,) * len(paces)
    return tuple(max(due, now) + pace.interval for pace, due in zip(paces, kept, strict=True))

"""The documented rates of a bot in Teams (bots/how-to/rate-limit).

Per bot and thread: sending and creating 7 in 1 s, 8 in 2 s, 60 in 30 s, 1,800 in an hour;
reading members twice that. Per app and tenant: 50 requests in a second.
"""

from __future__ import annotations

import math
from collections import deque

Rates = tuple[tuple[int, float], ...]

SENDING: Rates = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
READING: Rates = ((14, 1.0), (16, 2.0), (120, 30.0), (3600, 3600.0))
PER_TENANT: Rates = ((50, 1.0),)
REACTIONS: Rates = ((2, 1.0),)


class Pace:
    """Counts requests by key and says how long one that comes too soon should wait."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], deque[float]] = {}

    def wait(self, kind: str, key: str, rates: Rates, now: float) -> int:
        """Whole seconds to wait, at least 1, or 0 when there is room. Counts nothing."""
        taken = self._taken.get((kind, key))
        if not taken:
            return 0
        longest = 0.0
        for allowed, seconds in rates:
            if len(taken) >= allowed:
                longest = max(longest, taken[-allowed] + seconds - now)
        return math.ceil(longest) if longest > 0 else 0

    def take(self, kind: str, key: str, rates: Rates, now: float) -> None:
        """Count one request that was let through."""
        taken = self._taken.get((kind, key))
        if taken is None:
            taken = self._taken[(kind, key)] = deque(maxlen=max(n for n, _ in rates))
        taken.append(now)

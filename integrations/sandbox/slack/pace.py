"""Slack's documented rates. Source: docs.slack.dev/apis/web-api/rate-limits and each method's page.

A tier allows "N+ per minute" with bursts; here N is both the burst and what flows back in a minute.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import IntEnum


class Tier(IntEnum):
    """Requests a minute, per method, workspace and app. NONE is not limited here."""

    NONE = 0
    ONE = 1
    TWO = 20
    THREE = 50
    FOUR = 100
    MANY = 600


POST_BURST_PER_CHANNEL = 5
POST_PER_SECOND_PER_CHANNEL = 1.0
POST_PER_MINUTE_PER_WORKSPACE = 400
UNLISTED_HISTORY_PER_MINUTE = 1


class Pace:
    """Token buckets by key."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._buckets: dict[tuple[str, ...], tuple[float, float]] = {}

    def wait_for(self, key: tuple[str, ...], burst: float, per_second: float) -> int:
        """0 when the request may pass (and is counted), otherwise seconds for Retry-After."""
        now = self._monotonic()
        level, since = self._buckets.get(key, (burst, now))
        level = min(burst, level + (now - since) * per_second)
        if level >= 1:
            self._buckets[key] = (level - 1, now)
            return 0
        self._buckets[key] = (level, now)
        return max(1, math.ceil((1 - level) / per_second))

    def forget(self) -> None:
        """Start afresh, as after a quiet hour."""
        self._buckets.clear()

"""When silence is strange: a busy conversation from which nothing is heard any more.

Only hours count in which city halls work, so that no night and no weekend is taken for silence.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

_OPENS, _CLOSES = time(8), time(18)
_SATURDAY = 5
_LOOKED_AT = timedelta(days=28)
_MOST_DAYS = 60

BUSY_POSTS = 20
BUSY_DAYS = 8
"""A conversation is known to be busy when so many posts were written on so many days of the four
weeks before its last post."""

AT_LEAST = timedelta(hours=30)
"""Three working days: a holiday beside a weekend is no silence."""


def working_time(start: datetime, end: datetime, time_zone: str) -> timedelta:
    """How much of the time between two moments is working time, of at most sixty days."""
    zone = ZoneInfo(time_zone)
    start = max(start, end - timedelta(days=_MOST_DAYS))
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    total = timedelta()
    while day <= last:
        if day.weekday() < _SATURDAY:
            opens = max(start, datetime.combine(day, _OPENS, zone))
            closes = min(end, datetime.combine(day, _CLOSES, zone))
            total += max(closes - opens, timedelta())
        day += timedelta(days=1)
    return total


def silent_since(posts: Sequence[datetime], now: datetime, time_zone: str) -> datetime | None:
    """The time of the last post, where a busy conversation is silent for strangely long.

    Strange is a silence of at least three working days that is more than twice as long as the
    longest one before it. None where all is as usual, or where not enough is known. Times are
    aware, in any order; `KeyError` when there is no such zone.
    """
    if not posts:
        return None
    last = max(posts)
    silence = working_time(last, now, time_zone)
    if silence <= AT_LEAST:
        return None
    known = sorted(at for at in posts if at >= last - _LOOKED_AT)
    zone = ZoneInfo(time_zone)
    if len(known) < BUSY_POSTS or len({at.astimezone(zone).date() for at in known}) < BUSY_DAYS:
        return None
    longest = max(working_time(one, other, time_zone) for one, other in pairwise(known))
    return last if silence > 2 * longest else None

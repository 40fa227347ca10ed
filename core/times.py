"""Times as people say them, in the reader's zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def _clock_time(at: datetime) -> str:
    hour = at.hour % 12 or 12
    return f"{hour}:{at.minute:02} {'am' if at.hour < 12 else 'pm'}"


def say_when(at: datetime, now: datetime, time_zone: str) -> str:
    """`today 3:40 pm`, `yesterday 3:40 pm`, `Monday 3:40 pm`, and after a week the date.

    `at` and `now` are aware, `time_zone` an IANA name; `KeyError` when there is no such zone.
    """
    zone = ZoneInfo(time_zone)
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    days = (today - local.date()).days
    if days == 0:
        return f"today {_clock_time(local)}"
    if days == 1:
        return f"yesterday {_clock_time(local)}"
    if 1 < days < 7:
        return f"{local:%A} {_clock_time(local)}"
    return f"{local:%B} {local.day}, {local.year}"


def say_how_long(length: timedelta) -> str:
    """`40 seconds`, `3 minutes`, `2 hours`, `5 days`: the largest whole unit."""
    seconds = max(0, int(length.total_seconds()))
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return _counted(seconds // size, name)
    return _counted(seconds, "second")


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"

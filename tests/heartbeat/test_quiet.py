"""Silence is strange only in working hours, and only where people usually write."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.quiet import AT_LEAST, BUSY_POSTS, silent_since, working_time

ZONE = "America/Chicago"
MONDAY = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)  # 10 am in Chicago
MOMENTS = st.integers(-150_000, 300_000).map(lambda late: MONDAY + timedelta(minutes=late))


def _workdays(count: int, each: int = 1) -> list[datetime]:
    """Posts on the working days before that Monday, and on it."""
    days = [MONDAY - timedelta(days=back) for back in range(60)]
    working = [day for day in days if day.weekday() < 5][:count]
    return [day + timedelta(minutes=nth) for day in working for nth in range(each)]


def test_working_time_leaves_out_nights_and_weekends() -> None:
    friday_evening = datetime(2026, 5, 8, 23, 0, tzinfo=UTC)  # Friday 6 pm
    assert working_time(friday_evening, MONDAY + timedelta(days=7), ZONE) == timedelta(hours=2)
    assert working_time(MONDAY, MONDAY + timedelta(days=7), ZONE) == timedelta(hours=50)


def test_a_busy_channel_is_silent_after_three_working_days_at_the_earliest() -> None:
    posts = _workdays(20)
    assert silent_since(posts, MONDAY + timedelta(days=3), ZONE) is None
    assert silent_since(posts, MONDAY + timedelta(days=4), ZONE) == max(posts)


def test_a_long_weekend_and_a_small_town_raise_no_alarm() -> None:
    thursday = MONDAY + timedelta(days=3)
    posts = [at + timedelta(days=3) for at in _workdays(20)]
    tuesday = thursday + timedelta(days=5)  # Friday and Monday were free
    assert silent_since(posts, tuesday, ZONE) is None
    weekly = [MONDAY - timedelta(weeks=back) for back in range(20)]
    assert silent_since(weekly, MONDAY + timedelta(days=60), ZONE) is None
    one_busy_day = _workdays(1, each=50)
    assert silent_since(one_busy_day, MONDAY + timedelta(days=60), ZONE) is None


@given(st.lists(MOMENTS, max_size=60), MOMENTS)
def test_it_is_never_silent_without_a_long_silence(posts: list[datetime], now: datetime) -> None:
    since = silent_since(posts, now, ZONE)
    if since is not None:
        assert since == max(posts)
        assert working_time(since, now, ZONE) > AT_LEAST
        assert len(posts) >= BUSY_POSTS


@given(MOMENTS, MOMENTS, MOMENTS)
def test_working_time_adds_up(one: datetime, two: datetime, three: datetime) -> None:
    first = min(one, two, three)
    last = min(max(one, two, three), first + timedelta(days=50))
    middle = min(max(sorted([one, two, three])[1], first), last)
    parts = working_time(first, middle, ZONE) + working_time(middle, last, ZONE)
    assert working_time(first, last, ZONE) == parts
    assert parts <= last - first


@given(st.lists(MOMENTS, min_size=1, max_size=60))
def test_the_order_of_posts_does_not_matter(posts: list[datetime]) -> None:
    now = max(posts) + timedelta(days=9)
    assert silent_since(posts, now, ZONE) == silent_since(sorted(posts), now, ZONE)

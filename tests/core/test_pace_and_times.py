"""The pace never allows more than its limit, and times read as people say them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.deliveries import retry_delay
from core.pace import Pace, PaceState, ready_at, spend
from core.sizes import say_size
from core.times import say_how_long, say_when
from core.words import reference

LIMITS = (Pace(1.0, 3), Pace(2.5, 10))


@given(st.lists(st.floats(0, 3), min_size=1, max_size=80))
def test_no_window_holds_more_than_burst_and_rate_allow(pauses: list[float]) -> None:
    state: PaceState = ()
    now, sent = 1_000.0, []
    for pause in pauses:
        now = ready_at(LIMITS, state, now + pause)
        state = spend(LIMITS, state, now)
        sent.append(now)
    for pace in LIMITS:
        for first, start in enumerate(sent):
            for last in range(first, len(sent)):
                allowed = pace.burst + (sent[last] - start) / pace.interval
                assert last - first + 1 <= allowed + 1e-6


def test_a_rested_conversation_may_burst_and_then_waits() -> None:
    state: PaceState = ()
    for _ in range(3):
        assert ready_at(LIMITS, state, 10.0) == 10.0
        state = spend(LIMITS, state, 10.0)
    assert ready_at(LIMITS, state, 10.0) == pytest.approx(11.0)


@given(st.integers(0, 500), st.floats(0, 1))
def test_a_retry_never_waits_longer_than_a_minute(attempts: int, chance: float) -> None:
    assert timedelta(0) < retry_delay(attempts, chance) <= timedelta(minutes=1)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 11, 21, 20, 40, tzinfo=UTC), "today 3:40 pm"),
        (datetime(2026, 11, 20, 20, 40, tzinfo=UTC), "yesterday 3:40 pm"),
        (datetime(2026, 11, 17, 5, 5, tzinfo=UTC), "Tuesday 12:05 am"),
        (datetime(2026, 10, 1, 17, 0, tzinfo=UTC), "October 1, 2026"),
    ],
)
def test_times_read_as_people_say_them(at: datetime, words: str) -> None:
    now = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
    assert say_when(at, now, "America/New_York") == words


def test_lengths_and_sizes_have_one_unit() -> None:
    assert say_how_long(timedelta(seconds=1)) == "1 second"
    assert say_how_long(timedelta(minutes=3, seconds=50)) == "3 minutes"
    assert say_how_long(timedelta(hours=49)) == "2 days"
    assert say_size(640) == "640 bytes"
    assert say_size(12_345) == "12 KB"
    assert say_size(1_234_567) == "1.2 MB"


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_references_tell_things_apart(one: int, other: int) -> None:
    assert (reference("L", one) == reference("L", other)) == (one == other)

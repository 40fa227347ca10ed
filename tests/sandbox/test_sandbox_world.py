"""What both stand-ins share: faults count down, the journal can be waited on, nobody is flooded."""

from __future__ import annotations

import asyncio

import pytest

from integrations.sandbox.world import (
    SUBSCRIBER_QUEUE_SIZE,
    BadInputError,
    Changes,
    Fate,
    Faults,
    Journal,
)


def test_a_healthy_platform_does_nothing_odd() -> None:
    assert Faults().decide(write=True) is Fate.NORMAL


def test_faults_count_down_and_lost_answers_strike_writes_only() -> None:
    faults = Faults(lost_answers=1, lost_requests=1, preconditions_failed=1)
    faults.change({"rate_limit": {"retry_after": 2, "calls": 1}})
    fates = [faults.decide(write=write) for write in (True, True, True, False, True, True)]
    assert fates == [
        Fate.CUT_BEFORE,
        Fate.RATE_LIMITED,
        Fate.PRECONDITION_FAILED,
        Fate.NORMAL,
        Fate.CUT_AFTER,
        Fate.NORMAL,
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("delay", -1), ("offline", 1), ("lost_answers", True), ("rate_limit", 3), ("colour", "red")],
)
def test_a_wrong_fault_names_its_field_and_changes_nothing(field: str, value: object) -> None:
    faults = Faults()
    with pytest.raises(BadInputError) as caught:
        faults.change({"hang": True, field: value})
    assert caught.value.field == field
    assert faults == Faults()


async def test_the_journal_finds_past_and_future_entries() -> None:
    journal = Journal(keep_bodies=False, limit=3)
    for number in range(5):
        journal.add(workspace="T", method=f"m{number}", body={"text": "x"})
    assert [e.method for e in journal.since(3)] == ["m3", "m4"]
    assert [e.number for e in journal.entries] == [2, 3, 4]
    assert journal.entries[0].body is None
    assert (await journal.wait_for(lambda e: e.method == "m4", 1)).number == 4
    waiting = asyncio.create_task(journal.wait_for(lambda e: e.method == "late", 5))
    await asyncio.sleep(0)
    journal.add(workspace="T", method="late")
    assert (await waiting).as_json()["method"] == "late"
    with pytest.raises(TimeoutError):
        await journal.wait_for(lambda e: e.method == "never", 0.01)


async def test_a_slow_reader_is_told_to_reload() -> None:
    changes = Changes()
    slow = changes.subscribe()
    for number in range(SUBSCRIBER_QUEUE_SIZE + 1):
        changes.publish("message", "T", number=number)
    assert (await anext(slow))["kind"] == "reload"
    slow.close()
    assert not changes.watched

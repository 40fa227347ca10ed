"""The exchange was away: what was said meanwhile is read from history, in order, once."""

import pytest

from tests.support.cities import only, sent_all
from tests.support.exchange_rig import ExchangeRig


async def _away(rig: ExchangeRig) -> None:
    await rig.stop()


async def _back(rig: ExchangeRig) -> None:
    """Wait until the events sent meanwhile are given up by Slack, then start again."""
    await rig.eventually(lambda: sent_all(rig.slack), why="Slack sends an event four times")
    await rig.start()
    await rig.quiet(within=20)


async def test_a_gap_is_filled_in_order_with_replies(rig: ExchangeRig) -> None:
    early = rig.boston.say("Said before")
    await rig.quiet()
    await _away(rig)
    root = rig.boston.say("Missed 00")
    rig.boston.say("Missed reply to 00", thread=root, by="Omar Hale")
    rig.boston.say("Missed 01")
    rig.boston.say("Missed reply to what was said before", thread=early)
    rig.boston.say("// Missed, but inside")
    rig.yellow_springs.say("Missed 02")
    await _back(rig)

    for city in (rig.st_paul, rig.marfa):
        seen = city.seen()
        texts = [message.text.split("\n")[-1].strip() for message in seen]
        assert sorted(texts) == sorted(
            [
                "Said before",
                "Missed 00",
                "Missed reply to 00",
                "Missed 01",
                "Missed reply to what was said before",
                "Missed 02",
            ]
        ), city.seed.label
        assert texts.index("Missed 00") < texts.index("Missed 01")
        assert only(seen, "reply to 00").thread == only(seen, "Missed 00").id
        assert only(seen, "reply to what").thread == only(seen, "Said before").id


async def test_nothing_comes_twice_after_a_restart(rig: ExchangeRig) -> None:
    rig.boston.say("One")
    rig.marfa.say("Two")
    await rig.quiet()
    for _ in range(2):
        await _away(rig)
        await _back(rig)
    rig.boston.say("Three")
    await rig.quiet()

    for city in rig.cities.values():
        words = "\n".join(message.text for message in city.seen())
        assert [words.count(word) for word in ("One", "Two", "Three")] == [1, 1, 1], city.seed.label


@pytest.mark.parametrize("again", ["edit", "delete", "react"])
async def test_what_was_read_from_history_can_be_changed(rig: ExchangeRig, again: str) -> None:
    await _away(rig)
    said = rig.boston.say("Said while away")
    await _back(rig)
    only(rig.marfa.seen(), "Said while away")
    if again == "edit":
        rig.boston.edit(said, "Said while away, edited")
        await rig.quiet()
        assert "edited" in only(rig.marfa.seen(), "Said while away").text
    elif again == "delete":
        rig.boston.delete(said)
        await rig.quiet()
        assert rig.marfa.seen() == []
    else:
        rig.marfa.react(only(rig.marfa.seen(), "Said while away").id, "heart")
        await rig.quiet()
        assert "heart" in rig.boston.seen()[0].reactions


async def test_a_post_that_was_accepted_is_sent_after_a_restart(rig: ExchangeRig) -> None:
    rig.marfa.faults(offline=True)
    rig.boston.say("Waits in the outbox")
    await rig.quiet()
    await rig.stop()
    rig.marfa.faults(offline=False)
    await rig.start()
    await rig.pass_time(600)

    only(rig.marfa.seen(), "Waits in the outbox")
    assert len(rig.yellow_springs.seen()) == 1

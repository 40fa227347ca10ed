"""People answer a copy before its platform has told us the copy's id."""

from tests.support.cities import only
from tests.support.exchange_rig import ExchangeRig


async def test_an_answer_to_a_copy_whose_id_was_lost_on_the_way(rig: ExchangeRig) -> None:
    rig.yellow_springs.faults(lost_answers=1)
    said = rig.boston.say("Has anybody seen this?")
    await rig.eventually(lambda: rig.yellow_springs.seen(), why="the copy is shown")
    copy = rig.yellow_springs.seen()[0]
    rig.yellow_springs.say("Yes, at once", thread=copy.id)
    rig.yellow_springs.react(copy.id, "+1", by="Sam Bell")
    await rig.quiet(within=30)

    assert only(rig.boston.seen(), "Yes, at once").thread == said
    assert only(rig.boston.seen(), "Has anybody").reactions.get("+1") == 1
    for city in (rig.st_paul, rig.marfa):
        root = only(city.seen(), "Has anybody")
        assert only(city.seen(), "Yes, at once").thread == root.id
    assert len(rig.yellow_springs.seen()) == 2


async def test_talk_in_an_older_thread_waits_for_nothing(unlinked: ExchangeRig) -> None:
    rig = unlinked
    before = rig.boston.say("Before we were linked")
    await rig.quiet()
    for city in (rig.boston, rig.marfa):
        await rig.link(city)
    rig.boston.say("Still among ourselves", thread=before)
    rig.boston.say("For all of you")
    await rig.quiet()
    assert [m.text.splitlines()[-1] for m in rig.marfa.seen()] == ["For all of you"]

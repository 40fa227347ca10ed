"""Edits and deletions follow, at any age, and the exchange's own never come back as news."""

import pytest

from tests.support.cities import only
from tests.support.exchange_rig import ExchangeRig


@pytest.mark.parametrize("speaker", ["boston", "marfa"])
async def test_an_edit_changes_every_copy_in_place(rig: ExchangeRig, speaker: str) -> None:
    city = getattr(rig, speaker)
    said = city.say("We spent $38,000")
    await rig.quiet()
    before = {other.seed.key: only(other.seen(), "38,000").id for other in rig.others(city)}
    city.edit(said, "We spent $83,000, sorry")
    await rig.quiet()
    city.edit(said, "We spent $84,000, sorry again")
    await rig.quiet()

    for other in rig.others(city):
        (copy,) = other.seen()
        assert copy.id == before[other.seed.key]
        assert "We spent $84,000, sorry again" in copy.text
        assert "38,000" not in copy.text


@pytest.mark.parametrize("speaker", ["boston", "st_paul"])
async def test_a_deleted_root_leaves_the_replies(rig: ExchangeRig, speaker: str) -> None:
    city = getattr(rig, speaker)
    root = city.say("A question I regret")
    await rig.quiet()
    for other in rig.others(city):
        other.say(f"Help from {other.seed.label}", thread=only(other.seen(), "I regret").id)
    await rig.quiet()
    city.delete(root)
    await rig.quiet()

    for other in rig.cities.values():
        texts = [message.text for message in other.seen()]
        assert not [text for text in texts if "I regret" in text], other.seed.label
        for helper in rig.others(city):
            assert [t for t in texts if f"Help from {helper.seed.label}" in t], other.seed.label


async def test_a_reply_after_its_root_was_deleted_still_arrives(rig: ExchangeRig) -> None:
    root = rig.boston.say("A root that goes")
    await rig.quiet()
    in_marfa = only(rig.marfa.seen(), "root that goes").id
    rig.marfa.say("An early answer", thread=in_marfa)
    await rig.quiet()
    rig.boston.delete(root)
    await rig.quiet()
    rig.boston.say("Words in the thread that is left", thread=root)
    await rig.quiet()

    assert only(rig.marfa.seen(), "thread that is left").thread == in_marfa
    only(rig.yellow_springs.seen(), "thread that is left")


async def test_edit_delete_and_reaction_work_on_a_copy_of_any_age(rig: ExchangeRig) -> None:
    said = rig.boston.say("Words of long ago")
    other = rig.boston.say("Other words of long ago")
    await rig.quiet()
    await rig.pass_time(400 * 24 * 3600)
    rig.boston.edit(said, "Words of long ago, corrected")
    rig.marfa.react(only(rig.marfa.seen(), "Other words").id, "heart")
    await rig.quiet()

    assert "corrected" in only(rig.st_paul.seen(), "Words of long ago").text
    assert "heart" in next(m for m in rig.boston.seen() if m.id == other).reactions
    rig.boston.delete(said)
    await rig.quiet()
    for city in rig.others(rig.boston):
        assert len(city.seen()) == 1


async def test_own_messages_never_come_back(rig: ExchangeRig) -> None:
    said = rig.boston.say("Once")
    in_teams = rig.marfa.say("Twice")
    await rig.quiet()
    rig.boston.edit(said, "Once, edited")
    rig.marfa.edit(in_teams, "Twice, edited")
    await rig.quiet()
    await rig.pass_time(60)
    rig.boston.delete(said)
    rig.marfa.delete(in_teams)
    await rig.quiet()
    await rig.pass_time(120)

    calls = [entry.method for entry in rig.slack.journal.entries]
    # One copy of Boston's post and two of Marfa's: each is posted, changed and removed once.
    assert calls.count("chat.postMessage") == 3
    assert calls.count("chat.update") == 3
    assert calls.count("chat.delete") == 3
    methods = [entry.method for entry in rig.teams.journal.entries if entry.status < 300]
    posted = [m for m in methods if m.startswith("POST")]
    assert len(posted) == 3, methods
    assert len([m for m in methods if m.startswith("PUT") and "activity" in m]) == 3, methods
    for city in rig.cities.values():
        assert city.seen() == []


async def test_a_copy_that_an_admin_deletes_goes_there_only(rig: ExchangeRig) -> None:
    said = rig.boston.say("Not welcome in Ohio")
    await rig.quiet()
    rig.yellow_springs.delete(only(rig.yellow_springs.seen(), "Not welcome").id, by="Sam Bell")
    await rig.quiet()
    rig.boston.edit(said, "Still not welcome in Ohio")
    await rig.quiet()

    assert rig.yellow_springs.seen() == []
    only(rig.marfa.seen(), "Still not welcome")
    only(rig.boston.seen(), "Still not welcome")


async def test_an_edit_can_take_a_post_inside_and_bring_it_back(rig: ExchangeRig) -> None:
    said = rig.boston.say("Too early to share")
    await rig.quiet()
    rig.boston.edit(said, "// Too early to share")
    await rig.quiet()
    assert [city.seen() for city in rig.others(rig.boston)] == [[], [], []]

    rig.boston.edit(said, "Now it may be shared")
    await rig.quiet()
    for city in rig.others(rig.boston):
        only(city.seen(), "Now it may be shared")


async def test_undelete_in_teams_brings_the_copies_back(rig: ExchangeRig) -> None:
    said = rig.marfa.say("Deleted by mistake")
    await rig.quiet()
    rig.marfa.delete(said)
    await rig.quiet()
    assert rig.boston.seen() == []
    rig.marfa.stand_in.people.undelete(rig.marfa.place(), said)
    await rig.quiet()

    only(rig.boston.seen(), "Deleted by mistake")
    only(rig.st_paul.seen(), "Deleted by mistake")

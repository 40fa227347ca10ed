"""Replies arrive in the thread, wherever they were written, and a broadcast is seen outside too."""

from tests.support.cities import only
from tests.support.exchange_rig import ExchangeRig


async def test_replies_from_every_city_meet_in_one_thread(rig: ExchangeRig) -> None:
    root = rig.boston.say("Who has tried a land bank?")
    await rig.quiet()
    copies = {city.seed.key: only(city.seen(), "land bank").id for city in rig.others(rig.boston)}

    for city in rig.others(rig.boston):
        city.say(f"Answer from {city.seed.label}", thread=copies[city.seed.key])
    await rig.quiet()
    rig.boston.say("Thank you all", thread=root, by="Omar Hale")
    await rig.quiet()

    for city in rig.cities.values():
        thread = copies.get(city.seed.key, root)
        seen = city.seen()
        assert [message.thread for message in seen] == ["", thread, thread, thread, thread]
        for other in rig.others(rig.boston):
            assert only(seen, f"Answer from {other.seed.label}").thread == thread
        assert "Thank you all" in seen[-1].text


async def test_a_thread_that_began_in_teams_is_one_everywhere(rig: ExchangeRig) -> None:
    root = rig.st_paul.say("Our night bus carries 340 people")
    await rig.quiet()
    in_boston = only(rig.boston.seen(), "night bus").id
    reply = rig.boston.say("What does a ride cost?", thread=in_boston)
    await rig.quiet()
    rig.marfa.say("We would like to know too", thread=only(rig.marfa.seen(), "night bus").id)
    await rig.quiet()
    # An answer to a reply stands in the same thread on both platforms.
    rig.boston.say("Nine dollars?", thread=reply)
    await rig.quiet()

    assert [message.thread for message in rig.st_paul.seen()] == ["", root, root, root]
    assert [message.thread for message in rig.boston.seen()] == ["", *[in_boston] * 3]
    in_ohio = only(rig.yellow_springs.seen(), "night bus").id
    assert [message.thread for message in rig.yellow_springs.seen()] == ["", *[in_ohio] * 3]


async def test_a_broadcast_reply_is_seen_in_the_channel_too(rig: ExchangeRig) -> None:
    root = rig.boston.say("The question")
    await rig.quiet()
    rig.boston.say("The answer, for everybody", thread=root, broadcast=True)
    await rig.quiet()

    there = only(rig.yellow_springs.seen(), "The answer")
    assert there.raw["subtype"] == "thread_broadcast" or there.raw.get("reply_broadcast")
    assert there.thread == only(rig.yellow_springs.seen(), "The question").id
    for city in (rig.st_paul, rig.marfa):
        told = [message for message in city.seen() if "The answer" in message.text]
        assert [bool(message.thread) for message in told] == [True, False]
        assert "replied in a thread: The answer, for everybody" in told[1].text


async def test_an_edited_broadcast_changes_and_a_deleted_one_goes(rig: ExchangeRig) -> None:
    root = rig.boston.say("The question")
    await rig.quiet()
    reply = rig.boston.say("A first answer", thread=root, broadcast=True)
    await rig.quiet()
    rig.boston.edit(reply, "A better answer")
    await rig.quiet()

    only(rig.yellow_springs.seen(), "A better answer")
    changed = [bool(m.thread) for m in rig.marfa.seen() if "A better answer" in m.text]
    assert changed == [True, False], "the line that points to it changes too"

    rig.boston.delete(reply)
    await rig.quiet()
    for city in rig.others(rig.boston):
        assert ["question" in message.text for message in city.seen()] == [True], city.seed.label


async def test_the_bots_own_threads_of_a_long_post_take_replies(rig: ExchangeRig) -> None:
    long = "\n\n".join(f"Paragraph {number}. " + "words " * 150 for number in range(12))
    root = rig.boston.say(long[:11_000])
    await rig.quiet()
    second_part = next(m for m in rig.yellow_springs.seen() if m.thread)
    rig.yellow_springs.say("Read to the end", thread=second_part.thread)
    await rig.quiet()

    assert only(rig.boston.seen(), "Read to the end").thread == root

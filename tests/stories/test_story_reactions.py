"""Reactions: mirrored once for each emoji, counted over all cities, shown without noise."""

from tests.support.cities import Seen, only
from tests.support.exchange_rig import ExchangeRig


def _context(message: Seen) -> str:
    blocks = [block for block in message.raw.get("blocks", ()) if block["type"] == "context"]
    return " ".join(element["text"] for block in blocks for element in block["elements"])


async def test_a_reaction_is_mirrored_and_counted(rig: ExchangeRig) -> None:
    said = rig.boston.say("We opened the first shelter")
    await rig.quiet()
    in_ohio = only(rig.yellow_springs.seen(), "shelter").id
    rig.yellow_springs.react(in_ohio, "tada")
    await rig.quiet()

    original = next(message for message in rig.boston.seen() if message.id == said)
    assert original.reactions["tada"] == 1, "our bot shows it where it was written"
    for city in (rig.st_paul, rig.marfa):
        copy = only(city.seen(), "shelter")
        assert "🎉 1" in copy.text
        assert len(copy.reactions) == 1
    there = only(rig.yellow_springs.seen(), "shelter")
    assert there.reactions == {"tada": 1}, "not mirrored where it was given"
    assert "🎉 1 from 1 city" in _context(there)


async def test_the_tally_counts_people_and_cities_and_is_mirrored_once(rig: ExchangeRig) -> None:
    said = rig.boston.say("Twenty-one per cent fewer vacancies")
    await rig.quiet()
    for city, people, emoji in (
        (rig.yellow_springs, ("June Park", "Sam Bell"), "+1"),
        (rig.st_paul, ("Lena Thao", "Marcus Lind"), "like"),
        (rig.marfa, ("Dolores Vega",), "like"),
    ):
        copy = only(city.seen(), "vacancies").id
        for person in people:
            city.react(copy, emoji, by=person)
    rig.boston.react(said, "+1", by="Omar Hale")
    await rig.quiet()
    await rig.pass_time(31)
    await rig.pass_time(31)  # a tally that a platform's rate has put off comes with the next

    for city in (rig.st_paul, rig.marfa):
        assert "👍 6 from 4 cities" in only(city.seen(), "vacancies").text
    assert "👍 6 from 4 cities" in _context(only(rig.yellow_springs.seen(), "vacancies"))
    original = next(message for message in rig.boston.seen() if message.id == said)
    assert original.reactions["+1"] == 2, "Omar, and our bot once for everybody else"
    assert original.text == "Twenty-one per cent fewer vacancies", "the original is never touched"


async def test_the_tally_is_refreshed_at_most_twice_a_minute(rig: ExchangeRig) -> None:
    rig.boston.say("Count me")
    await rig.quiet()
    copy = only(rig.marfa.seen(), "Count me").id
    rig.marfa.react(copy, "heart")
    await rig.quiet()
    changes = _changes_in_ohio(rig)
    rig.marfa.react(copy, "laugh")
    await rig.quiet()
    rig.marfa.react(copy, "like")
    await rig.quiet()
    rig.marfa.unreact(copy, "heart")
    await rig.quiet()
    assert _changes_in_ohio(rig) == changes, "nothing more within half a minute"

    await rig.pass_time(31)
    assert _changes_in_ohio(rig) == changes + 1
    shown = _context(only(rig.yellow_springs.seen(), "Count me"))
    assert "😆 1" in shown
    assert "👍 1" in shown
    assert "❤" not in shown


def _changes_in_ohio(rig: ExchangeRig) -> int:
    return len(
        [
            entry
            for entry in rig.slack.journal.entries
            if entry.method == "chat.update" and entry.workspace == "T0YELLOW001"
        ]
    )


async def test_a_reaction_that_is_taken_back_goes_everywhere(rig: ExchangeRig) -> None:
    said = rig.marfa.say("A careful question")
    await rig.quiet()
    copy = only(rig.boston.seen(), "careful").id
    rig.boston.react(copy, "eyes")
    await rig.quiet()
    original = next(message for message in rig.marfa.seen() if message.id == said)
    assert any("eyes" in kind for kind in original.reactions)
    rig.boston.unreact(copy, "eyes")
    await rig.quiet()
    await rig.pass_time(31)

    original = next(message for message in rig.marfa.seen() if message.id == said)
    assert not any("eyes" in kind for kind in original.reactions)
    for city in (rig.boston, rig.yellow_springs):
        assert _context(only(city.seen(), "careful")) == ""


async def test_a_custom_emoji_is_counted_but_not_mirrored(rig: ExchangeRig) -> None:
    rig.slack.state.workspaces["T0BOSTON001"].emoji["boston-bean"] = "https://example.org/b.png"
    rig.marfa.say("Beans")
    await rig.quiet()
    rig.boston.react(only(rig.boston.seen(), "Beans").id, "boston-bean")
    await rig.quiet()

    assert only(rig.yellow_springs.seen(), "Beans").reactions == {}
    assert ":boston-bean: 1" in _context(only(rig.yellow_springs.seen(), "Beans"))


async def test_the_author_sees_one_quiet_receipt(rig: ExchangeRig) -> None:
    said = rig.boston.say("Out to everybody")
    in_teams = rig.marfa.say("Out from Texas")
    await rig.quiet()

    original = next(message for message in rig.boston.seen() if message.id == said)
    assert original.reactions == {"globe_with_meridians": 1}
    original = next(message for message in rig.marfa.seen() if message.id == in_teams)
    assert len(original.reactions) == 1
    assert "1f310" in next(iter(original.reactions))


async def test_a_late_city_shows_on_the_receipt_until_it_has_the_post(rig: ExchangeRig) -> None:
    rig.marfa.faults(offline=True)
    said = rig.boston.say("Marfa will be late")
    await rig.eventually(lambda: rig.yellow_springs.seen() and rig.st_paul.seen())
    await rig.pass_time(70)
    original = next(message for message in rig.boston.seen() if message.id == said)
    assert original.reactions == {"hourglass_flowing_sand": 1}

    rig.marfa.faults(offline=False)
    await rig.pass_time(600)
    original = next(message for message in rig.boston.seen() if message.id == said)
    assert original.reactions == {"globe_with_meridians": 1}
    only(rig.marfa.seen(), "Marfa will be late")


async def test_receipts_do_not_hold_up_what_others_say(rig: ExchangeRig) -> None:
    for number in range(6):
        rig.marfa.say(f"Marfa talks a lot {number:02}")
    await rig.eventually(lambda: len(rig.boston.seen()) >= 5)
    await rig.jobs.jobs["receipts"].do()
    rig.boston.say("An answer that should not wait")
    await rig.eventually(
        lambda: any("should not wait" in message.text for message in rig.marfa.seen()), within=4
    )
    await rig.quiet(within=20)
    receipts = [m for m in rig.marfa.seen() if not m.by_bot and m.reactions]
    assert len(receipts) == 6
    assert [e.status for e in rig.teams.journal.entries].count(429) == 0

"""Corners of the talk: reactions on parts and files, quick changes, previews, and other places."""

import io

import pytest
from PIL import Image

from integrations.sandbox.slack import messages
from tests.support.cities import only
from tests.support.exchange_rig import ExchangeRig


@pytest.fixture
def story_url(sqlite_url: str) -> str:
    """One database is enough: nothing here depends on it."""
    return sqlite_url


PDF = b"%PDF-1.7\n" + b"page " * 400


async def test_a_reaction_on_a_part_or_a_file_counts_for_the_post(rig: ExchangeRig) -> None:
    long = "\n\n".join(f"Part {number}. " + "word " * 150 for number in range(12))
    rig.boston.say(long[:9_000])
    said = rig.marfa.attach("roof.png", _png(), text="A roof", alt="A flat roof")
    await rig.quiet()
    second = next(m for m in rig.yellow_springs.seen() if m.thread and "word" in m.text)
    rig.yellow_springs.react(second.id, "tada")
    picture = next(m for m in rig.boston.seen() if m.files)
    rig.boston.react(picture.id, "eyes")
    await rig.quiet()

    assert rig.boston.seen()[0].reactions.get("tada") == 1
    original = next(m for m in rig.marfa.seen() if m.id == said)
    assert any("eyes" in kind for kind in original.reactions)


def _png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "#446688").save(buffer, "PNG")
    return buffer.getvalue()


async def test_quick_changes_end_as_the_last_one(rig: ExchangeRig) -> None:
    said = rig.boston.say("One")
    for word in ("Two", "Three", "Four"):
        rig.boston.edit(said, word)
    gone = rig.marfa.say("Taken back at once")
    rig.marfa.edit(gone, "Taken back at once, edited")
    rig.marfa.delete(gone)
    await rig.quiet()

    for city in rig.others(rig.boston):
        standing = [m.text.split("\n")[-1].strip() for m in city.seen()]
        assert standing == ["Four"], city.seed.label
    assert [m.text for m in rig.boston.seen()] == ["Four"]


async def test_a_preview_of_a_link_is_no_edit(rig: ExchangeRig) -> None:
    said = rig.boston.say("See https://example.org/report")
    await rig.quiet()
    before = len(rig.slack.journal), len(rig.teams.journal)
    place, where = rig.slack.state.workspaces["T0BOSTON001"], rig.boston.conversation()
    message = next(m for m in where.messages.values() if m.ts == said)
    preview = {"from_url": "https://example.org/report", "title": "A report", "id": 1}
    fields = {**message.fields, "attachments": [preview]}
    messages.change_message(rig.slack.state, place, where, message, fields)
    await rig.quiet()

    assert (len(rig.slack.journal), len(rig.teams.journal)) == before


async def test_a_file_that_is_taken_out_of_a_post_goes_everywhere(rig: ExchangeRig) -> None:
    said = rig.boston.attach("draft.pdf", PDF, text="The draft and some words")
    await rig.quiet()
    place, where = rig.slack.state.workspaces["T0BOSTON001"], rig.boston.conversation()
    message = next(m for m in where.messages.values() if m.ts == said)
    file = {**message.fields["files"][0], "mode": "tombstone"}
    fields = {**message.fields, "files": [{"id": file["id"], "mode": "tombstone"}]}
    messages.change_message(rig.slack.state, place, where, message, fields)
    await rig.quiet()

    for city in rig.others(rig.boston):
        assert "some words" in city.seen()[0].text
        assert not [m for m in city.seen() if "draft.pdf" in m.text or m.files], city.seed.label


async def test_a_private_channel_takes_part_like_any_other(rig: ExchangeRig) -> None:
    rig.yellow_springs.conversation().kind = "private"
    said = rig.boston.say("To a private channel")
    await rig.quiet()
    copy = only(rig.yellow_springs.seen(), "To a private channel")
    rig.yellow_springs.say("From a private channel", thread=copy.id)
    await rig.quiet()

    assert only(rig.boston.seen(), "From a private channel").thread == said


async def test_what_is_said_elsewhere_stays_there(rig: ExchangeRig) -> None:
    rig.boston.say("In an unlinked channel", channel="general", by="Ana Ruiz")
    rig.boston.say("In another unlinked channel", channel="transport", by="Ana Ruiz")
    rig.marfa.say("In General", channel="General")
    place = rig.teams.people.place("marfa", "dolores", "bot")
    rig.teams.people.say(place, "Something private to the bot")
    await rig.quiet()

    assert [city.seen() for city in rig.cities.values()] == [[], [], [], []]


async def test_joins_topics_and_the_like_are_not_news(rig: ExchangeRig) -> None:
    where = rig.boston.conversation().id
    common = {"workspace": "T0BOSTON001", "member": "U0PRIYANAIR", "channel": where}
    await rig.slack_control("channel", do="topic", text="Homes", **common)
    await rig.slack_control("channel", do="purpose", text="Talk about homes", **common)
    await rig.slack_control("channel", do="leave", **common)
    await rig.slack_control("channel", do="join", **common)
    await rig.quiet()

    assert [city.seen() for city in rig.others(rig.boston)] == [[], [], []]


async def test_a_reply_to_a_broadcast_from_teams_pointer_and_edits_by_others(
    rig: ExchangeRig,
) -> None:
    root = rig.boston.say("The question")
    await rig.quiet()
    rig.boston.say("The loud answer", thread=root, broadcast=True)
    await rig.quiet()
    pointer = next(m for m in rig.marfa.seen() if "replied in a thread" in m.text)
    rig.marfa.say("An answer to the pointer", thread=pointer.id)
    await rig.quiet()

    reply = only(rig.boston.seen(), "An answer to the pointer")
    assert reply.thread == root, "the pointer speaks for the thread it points to"

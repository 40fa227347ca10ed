"""The platform's contract against a stand-in for Slack, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.channels import Trouble
from core.events import MessageEdited, MessagePosted
from core.failures import Later, Refused, Unsure
from core.ids import ExternalFile, ExternalMember, ExternalMessage, ExternalTenant, FileId, Marker
from core.places import Role
from core.ports import Answer, Asker, Content, FileLink, Part
from core.posts import Author, IncomingFile, StoredFile
from core.text import paragraph, plain_text
from integrations.sandbox.world import RateLimit
from integrations.slack.ids import SLACK
from integrations.slack.render import render
from tests.slack.exchange_rig import ANA, BEN, CHANNEL, PICTURE, TEAM, TOKEN, Rig, exchange_rig

AUTHOR = Author("Bo Lee", "Marfa, TX", role=Role.MAYOR)
FIRST = Marker("1.0")
LONG_AGO = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Our platform in front of the stand-in."""
    async with exchange_rig() as made:
        yield made


def part_of(text: str, **more: Any) -> Part:
    return parts_of(text, **more)[0]


def parts_of(text: str, **more: Any) -> tuple[Part, ...]:
    return render([Content(AUTHOR, paragraph(text), ExternalTenant(TEAM), **more)])


async def test_a_post_shows_who_speaks_and_carries_our_mark(rig: Rig) -> None:
    message = await rig.platform.post(rig.destination(), part_of("Hello <!channel>"), FIRST)
    shown = await seen(rig, message)
    assert shown["username"] == "Mayor Bo Lee · Marfa, TX"
    assert shown["text"] == "Hello &lt;!channel&gt;"
    assert shown["metadata"]["event_payload"] == {"delivery": "1.0"}


async def seen(
    rig: Rig, message: ExternalMessage, *, thread: ExternalMessage | None = None
) -> dict[str, Any]:
    """A message as Slack tells it."""
    url = f"{rig.slack.api_url}conversations.replies"
    form = {"channel": CHANNEL, "ts": thread or message, "include_all_metadata": "true"}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with rig.session.post(url, data=form, headers=headers) as response:
        answer = await response.json()
    return next(m for m in answer["messages"] if m["ts"] == message)


async def test_our_messages_are_found_by_their_mark(rig: Rig) -> None:
    root = await rig.platform.post(rig.destination(), part_of("Root"), FIRST)
    in_thread = rig.destination(root)
    reply = await rig.platform.post(in_thread, part_of("Reply"), Marker("2.0"))
    assert await rig.platform.find(rig.destination(), LONG_AGO) == {FIRST: root}
    assert await rig.platform.find(in_thread, LONG_AGO) == {FIRST: root, Marker("2.0"): reply}


async def test_a_joined_message_is_found_by_all_its_marks(rig: Rig) -> None:
    joined = Marker("3.0,4.0,5.0")
    message = await rig.platform.post(rig.destination(), part_of("Three"), joined)
    assert await rig.platform.find(rig.destination(), LONG_AGO) == {joined: message}


async def test_a_lost_answer_is_unsure_and_can_be_looked_up(rig: Rig) -> None:
    rig.slack.faults(TEAM).lost_answers = 1
    with pytest.raises(Unsure):
        await rig.platform.post(rig.destination(), part_of("Once"), FIRST)
    assert list(await rig.platform.find(rig.destination(), LONG_AGO)) == [FIRST]


async def test_a_rate_limit_says_when(rig: Rig) -> None:
    rig.slack.faults(TEAM).rate_limit = RateLimit(retry_after=7, calls=1)
    with pytest.raises(Later) as failure:
        await rig.platform.post(rig.destination(), part_of("Later"), FIRST)
    assert failure.value.retry_after == 7
    with pytest.raises(Later) as again:  # without asking Slack once more
        await rig.platform.post(rig.destination(), part_of("Later"), FIRST)
    assert again.value.code == "held_back"


async def test_edit_twice_and_remove_twice_are_the_same_as_once(rig: Rig) -> None:
    message = await rig.platform.post(rig.destination(), part_of("Before"), FIRST)
    for _ in range(2):
        await rig.platform.edit(rig.destination(), message, part_of("After"))
    assert (await seen(rig, message))["text"] == "After"
    for _ in range(2):
        await rig.platform.remove(rig.destination(), message)
    with pytest.raises(Refused) as failure:
        await rig.platform.edit(rig.destination(), message, part_of("Too late"))
    assert failure.value.code == "message_not_found"


async def test_reactions_twice_are_the_same_as_once(rig: Rig) -> None:
    message = await rig.platform.post(rig.destination(), part_of("Vote"), FIRST)
    for _ in range(2):
        await rig.platform.react(rig.destination(), message, "+1")
    assert [r["name"] for r in (await seen(rig, message))["reactions"]] == ["+1"]
    for _ in range(2):
        await rig.platform.unreact(rig.destination(), message, "+1")
    assert not (await seen(rig, message)).get("reactions")


async def test_a_broadcast_reply_is_shown_in_the_channel(rig: Rig) -> None:
    root = await rig.platform.post(rig.destination(), part_of("Root"), FIRST)
    where = rig.destination(root, broadcast=True)
    reply = await rig.platform.post(where, part_of("All"), Marker("2.0"))
    found = await rig.platform.find(rig.destination(), LONG_AGO)
    assert found[Marker("2.0")] == reply


async def test_a_file_goes_into_the_thread_and_comes_back_the_same(rig: Rig) -> None:
    file = StoredFile(FileId(7), "plan.png", "image/png", len(PICTURE), "A plan", "digest")
    rig.exchange.files[FileId(7)] = PICTURE
    text, upload = parts_of("With a plan", files=(FileLink(file, ""),))
    root = await rig.platform.post(rig.destination(), text, FIRST)
    in_thread = rig.destination(root)
    shown = await rig.platform.post(in_thread, upload, Marker("1.1"))
    event = await seen(rig, shown, thread=root)
    (uploaded,) = event["files"]
    assert (uploaded["name"], uploaded["alt_txt"]) == ("plan.png", "A plan")
    incoming = IncomingFile(
        ExternalFile(uploaded["id"]),
        "plan.png",
        "image/png",
        len(PICTURE),
        uploaded["url_private_download"],
    )
    assert await rig.platform.fetch(rig.workspace, incoming, 1_000) == PICTURE
    with pytest.raises(Refused):
        await rig.platform.fetch(rig.workspace, incoming, 10)
    assert await rig.platform.find(in_thread, LONG_AGO) == {FIRST: root, Marker("1.1"): shown}
    await rig.platform.remove(in_thread, shown)
    with pytest.raises(Refused):
        await rig.platform.fetch(rig.workspace, incoming, 1_000)
    assert await rig.platform.find(in_thread, LONG_AGO) == {FIRST: root}


async def test_a_token_goes_to_slack_alone(rig: Rig) -> None:
    stolen = IncomingFile(
        ExternalFile("F1"), "x", "image/png", 1, "https://files.slack.com.evil.example/x"
    )
    with pytest.raises(Refused) as failure:
        await rig.platform.fetch(rig.workspace, stolen, 1_000)
    assert failure.value.code == "file_url_not_allowed"
    with pytest.raises(Refused):
        await rig.platform.identify("https://evil.example/api/", TOKEN)


async def test_history_tells_what_was_missed_in_order(rig: Rig) -> None:
    people = rig.slack.people
    known = people.say(TEAM, ANA, CHANNEL, "Known")
    last = people.say(TEAM, ANA, CHANNEL, "Last seen")
    people.say(TEAM, BEN, CHANNEL, "Missed one")
    people.say(TEAM, BEN, CHANNEL, "Missed reply", thread_ts=known.ts)
    people.say(TEAM, ANA, CHANNEL, "Missed two")
    people.edit(TEAM, ANA, CHANNEL, known.ts, "Known, changed")
    told = [
        rig.platform.parse(event.payload)
        async for event in rig.platform.history(rig.destination(), last.ts, ())
    ]
    assert not [e async for e in rig.platform.history(rig.destination(), "", ())]
    posted = [e for e in told if isinstance(e, MessagePosted)]
    assert [plain(e) for e in posted] == ["Missed one", "Missed reply", "Missed two"]
    assert posted[1].thread == known.ts
    edits = [e for e in told if isinstance(e, MessageEdited)]
    assert [plain(e) for e in edits] == ["Known, changed"]


def called(rig: Rig) -> list[str]:
    """The methods we called, in order."""
    return [entry.method for entry in rig.slack.journal.entries]


def plain(event: MessagePosted | MessageEdited) -> str:
    return plain_text(event.body)


async def test_history_marks_our_own_messages(rig: Rig) -> None:
    first = rig.slack.people.say(TEAM, ANA, CHANNEL, "First")
    await rig.platform.post(rig.destination(), part_of("Ours"), FIRST)
    told = [e async for e in rig.platform.history(rig.destination(), first.ts, ())]
    (event,) = [rig.platform.parse(e.payload) for e in told]
    assert isinstance(event, MessagePosted)
    assert event.ours
    assert event.markers == (FIRST,)


async def test_people_and_admins_are_known(rig: Rig) -> None:
    ana = await rig.platform.member(rig.workspace, ExternalMember(ANA))
    assert ana.name == "Ana Ruiz"
    admins = await rig.platform.admins(rig.workspace)
    assert [admin.name for admin in admins] == ["Ben Smith"]


async def test_identify_says_whose_token_it_is(rig: Rig) -> None:
    identity = await rig.platform.identify(rig.slack.api_url, TOKEN)
    assert (identity.team, identity.team_name) == (TEAM, "City of Boston")
    assert identity.bot_member
    with pytest.raises(Refused) as failure:
        await rig.platform.identify(rig.slack.api_url, "xoxb-wrong")
    assert failure.value.trouble is Trouble.TOKEN_GONE


async def test_an_answer_is_for_the_asker_alone(rig: Rig) -> None:
    asker = Asker(
        SLACK,
        rig.workspace.tenant,
        rig.workspace.external_id,
        ExternalMember(ANA),
        rig.destination().conversation,
    )
    await rig.platform.answer(rig.workspace, asker, Answer("Hello", paragraph("Only you")))
    assert await rig.platform.find(rig.destination(), LONG_AGO) == {}
    methods = called(rig)
    assert methods[0] == "chat.postEphemeral"


async def test_tell_reaches_one_person(rig: Rig) -> None:
    await rig.platform.tell(rig.workspace, ExternalMember(ANA), "A link stopped working <soon>")
    assert called(rig) == ["conversations.open", "chat.postMessage"]


async def test_nobody_there_is_later(rig: Rig) -> None:
    await rig.slack.stop()
    with pytest.raises(Later):
        await rig.platform.post(rig.destination(), part_of("Later"), FIRST)


async def test_an_archived_channel_is_a_trouble_of_the_link(rig: Rig) -> None:
    channel = rig.slack.state.workspaces[TEAM].conversations[CHANNEL]
    channel.archived = True
    with pytest.raises(Refused) as failure:
        await rig.platform.post(rig.destination(), part_of("Hello"), FIRST)
    assert failure.value.trouble is Trouble.CONVERSATION_ARCHIVED


async def test_a_name_of_a_file_is_only_a_name() -> None:
    for name, kept in {
        "../../etc/passwd": "passwd",
        "C:\\temp\\plan.pdf": "plan.pdf",
        "bud\x00get\u202e.pdf": "budget.pdf",
        "..": "file",
        "": "file",
    }.items():
        file = StoredFile(FileId(7), name, "application/pdf", 9, digest="digest")
        parts = parts_of("Here", files=(FileLink(file, ""),))
        assert parts[1].payload["file"] == kept


async def test_many_posts_at_once_share_one_session(rig: Rig) -> None:
    rig.slack.faults(TEAM).enforce_pace = False
    posts = [
        rig.platform.post(rig.destination(), part_of(f"Post {n}"), Marker(f"{n}.0"))
        for n in range(1, 21)
    ]
    assert len(set(await asyncio.gather(*posts))) == 20

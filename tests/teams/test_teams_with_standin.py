"""What crosses between us and Teams, over real HTTP with the stand-in."""

from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from core.events import (
    ConversationRenamed,
    ConversationTroubled,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionChanged,
    WorkspaceJoined,
    WorkspaceRenamed,
    WorkspaceTroubled,
)
from core.failures import Later, Refused
from core.ids import (
    ExternalConversation,
    ExternalFile,
    ExternalMember,
    ExternalMessage,
    FileId,
    Marker,
)
from core.places import Role
from core.ports import Answer, Asker, Choice, Content, FileLink, Part
from core.posts import Author, IncomingFile, StoredFile
from core.text import MemberKey, Mention, Paragraph, Text, paragraph, plain_text
from integrations.teams.ids import TEAMS
from integrations.teams.render import render
from tests.teams.teams_house import House, teams_house

ANA = Author("Ana Ruiz", "Boston, MA", Role.MAYOR)
MARKER = Marker("1.0")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with teams_house() as made:
        yield made


def _content(house: House, words: str, **more: object) -> Content:
    return replace(Content(ANA, paragraph(words), house.workspace.tenant), **more)  # type: ignore[arg-type]


async def _post(house: House, words: str, thread: ExternalMessage | None = None) -> ExternalMessage:
    part = render([_content(house, words)])[0]
    return await house.platform.post(replace(house.housing, thread=thread), part, MARKER)


async def test_a_message_arrives(house: House) -> None:
    said = await house.control("say", text="We cut **vacancies** by 21 %.")
    event = await house.event(MessagePosted)
    assert event.message == said["id"]
    assert plain_text(event.body) == "We cut vacancies by 21 %."
    assert event.author.name == "Lena Thao"
    assert event.thread is None
    assert event.source.workspace == house.workspace.external_id
    assert event.source.conversation == house.housing.conversation
    assert event.source.api_url == house.workspace.api_url
    assert not event.to_bot


async def test_a_reply_an_edit_a_reaction_and_a_deletion_arrive(house: House) -> None:
    root = await house.control("say", text="First")
    reply = await house.control("say", text="Second", thread=root["id"])
    event = await house.event(MessagePosted, lambda event: event.message == reply["id"])
    assert event.thread == root["id"]
    await house.control("edit", message=reply["id"], text="Second, better", thread=root["id"])
    edited = await house.event(MessageEdited)
    assert (edited.message, plain_text(edited.body)) == (reply["id"], "Second, better")
    await house.control("delete", message=reply["id"], thread=root["id"])
    assert (await house.event(MessageDeleted)).message == reply["id"]


async def test_reactions_arrive(house: House) -> None:
    ours = await _post(house, "Hello")
    await house.control("react", message=ours, reaction="heart")
    event = await house.event(ReactionChanged)
    assert (event.message, event.emoji, event.added) == (ours, "heart", True)
    await house.control("unreact", message=ours, reaction="heart")
    taken_back = await house.event(ReactionChanged, lambda event: not event.added)
    assert taken_back.message == ours


async def test_a_mention_of_the_bot_speaks_to_it(house: House) -> None:
    await house.control("mention", text="help")
    event = await house.event(MessagePosted)
    assert event.to_bot
    assert plain_text(event.body).strip() == "help"


async def test_changes_of_the_team_arrive(house: House) -> None:
    await house.control("rename", name="Homes")
    assert (await house.event(ConversationRenamed)).name == "Homes"
    await house.control("remove", kind="channel", conversation="Homes")
    assert (await house.event(ConversationTroubled)).source.conversation
    await house.control("install", action="remove", conversation="")
    troubled = await house.event(WorkspaceTroubled)
    assert troubled.source.workspace == house.workspace.external_id
    await house.control("install", action="add", conversation="")
    joined = await house.event(WorkspaceJoined)
    assert joined.source.conversation is None
    assert (joined.name, joined.by) == (house.stpaul.name, house.stpaul.member("lena").id)
    await house.control("rename", conversation="", name="St. Paul Housing")
    assert (await house.event(WorkspaceRenamed)).name == "St. Paul Housing"


async def test_posting_a_thread_and_changing_it(house: House) -> None:
    root = await _post(house, "Root")
    reply = await _post(house, "Reply", thread=root)
    assert house.shown(root).root == ""
    assert house.shown(reply).root == root
    assert "<b>Mayor Ana Ruiz</b> · Boston, MA" in house.shown(root).text
    changed = render([_content(house, "Changed")])[0]
    await house.platform.edit(replace(house.housing, thread=root), reply, changed)
    await house.platform.edit(house.housing, root, changed)
    assert "Changed" in house.shown(reply).text
    assert "Changed" in house.shown(root).text
    await house.platform.remove(replace(house.housing, thread=root), reply)
    await house.platform.remove(replace(house.housing, thread=root), reply)
    assert house.shown(reply).deleted is not None


async def test_reacting(house: House) -> None:
    said = await house.control("say", text="Hello")
    message = ExternalMessage(said["id"])
    await house.faults(enforce_pace=False)
    for _ in range(2):
        await house.platform.react(house.housing, message, "globe_with_meridians")
    await house.platform.unreact(house.housing, message, "globe_with_meridians")
    await house.platform.unreact(house.housing, message, "globe_with_meridians")
    with pytest.raises(Refused):
        await house.platform.react(house.housing, message, "our_own_emoji")


async def test_a_mention_is_real_only_in_its_own_tenant(house: House) -> None:
    lena = house.stpaul.member("lena")
    key = MemberKey(TEAMS, house.workspace.tenant, ExternalMember(lena.id))
    body = (Paragraph((Text("Ask "), Mention("Lena Thao", key, "St. Paul, MN"))),)
    here = render([Content(ANA, body, house.workspace.tenant)])[0]
    message = await house.platform.post(house.housing, here, MARKER)
    assert house.sent(message)["entities"][0]["mentioned"]["id"] == lena.id
    marfa = house.teams.world.workspaces["marfa"].tenant_id
    there = render([Content(ANA, body, type(house.workspace.tenant)(marfa))])[0]
    assert "entities" not in there.payload
    assert "@Lena Thao (St. Paul, MN)" in there.payload["text"]


async def test_pictures_and_broadcasts(house: House) -> None:
    picture = StoredFile(FileId(1), "map.png", "image/png", 2, "A map", digest="d")
    link = FileLink(picture, f"{house.teams.public_url}/map.png")
    parts = render([_content(house, "See", files=(link,), broadcast=True)])
    assert [(part.in_thread, part.pointer) for part in parts] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    root = await _post(house, "Root")
    place = replace(house.housing, thread=root)
    messages = [await house.platform.post(place, part, MARKER) for part in parts]
    assert [house.shown(message).root for message in messages] == [root, root, ""]
    remote = replace(link, url="http://exchange.example/map.png")
    part = render([_content(house, "", files=(remote,))])[1]
    message = await house.platform.post(place, part, MARKER)
    assert house.sent(message)["attachments"][0]["contentUrl"].startswith("data:image")


async def test_answers_come_in_the_personal_chat(house: House) -> None:
    lena = house.stpaul.member("lena")
    asker = Asker(
        TEAMS,
        house.workspace.tenant,
        house.workspace.external_id,
        ExternalMember(lena.id),
        house.housing.conversation,
    )
    choices = (Choice("Search what worked", "search"), Choice("Help", "help"))
    answer = Answer("Menu", paragraph("What would you like? **No markup** <b>"), choices, "7K2M")
    await house.platform.answer(house.workspace, asker, answer)
    await house.platform.answer(house.workspace, asker, replace(answer, choices=()))
    await house.platform.tell(house.workspace, asker.member, "Your <link> is broken.")
    chat = next(place for place in house.stpaul.conversations.values() if place.kind == "personal")
    card, text, told = chat.messages.values()
    assert card.activity is not None
    assert card.activity["attachments"][0]["content"]["version"] == "1.5"
    assert not card.text
    assert "&lt;b&gt;" in text.text
    assert "&lt;link&gt;" in told.text
    press = card.activity["attachments"][0]["content"]["actions"][1]
    await house.control("press", conversation=chat.id, message=card.id, action=press)
    event = await house.event(MessagePosted, lambda event: event.to_bot)
    assert plain_text(event.body) == "help"
    assert event.private


async def test_an_answer_goes_to_the_thread_when_there_is_no_personal_chat(house: House) -> None:
    lena = house.stpaul.member("lena")
    lena.blocked_bot = True
    root = ExternalMessage((await house.control("say", text="@bot"))["id"])
    asker = Asker(
        TEAMS,
        house.workspace.tenant,
        house.workspace.external_id,
        ExternalMember(lena.id),
        house.housing.conversation,
        root,
    )
    answer = Answer("Menu", paragraph("Here"))
    await house.platform.answer(house.workspace, asker, answer)
    replies = [m for m in house.stpaul.conversation("Housing").messages.values() if m.root == root]
    assert "Here" in replies[0].text


async def test_members_and_files(house: House) -> None:
    lena = house.stpaul.member("lena")
    profile = await house.platform.member(house.workspace, ExternalMember(lena.id))
    assert (profile.external_id, profile.name) == (lena.id, "Lena Thao")
    await house.platform.admins(house.workspace)
    with pytest.raises(Refused):
        await house.platform.member(house.workspace, ExternalMember("29:nobody"))
    for url in ("https://evil.example/x", "http://127.0.0.1.evil.example/x", "file:///etc/passwd"):
        file = IncomingFile(ExternalFile("1"), "x", "image/png", 1, url)
        with pytest.raises(Refused):
            await house.platform.fetch(house.workspace, file, 10)


async def test_pictures_of_people_can_be_fetched(house: House) -> None:
    form = aiohttp.FormData()
    for name, value in {"workspace": "stpaul", "member": "lena", "conversation": "Housing"}.items():
        form.add_field(name, value)
    form.add_field("text", "Look")
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 40
    form.add_field("file", png, filename="map.png", content_type="image/png")
    async with house.session.post(f"{house.teams.public_url}/control/upload", data=form) as made:
        assert made.status == 200, await made.text()
    event = await house.event(MessagePosted)
    assert event.files, event
    assert await house.platform.fetch(house.workspace, event.files[0], 1000) == png
    with pytest.raises(Refused):
        await house.platform.fetch(house.workspace, event.files[0], 10)


async def test_faults_are_told_apart(house: House) -> None:
    await house.faults(preconditions_failed=1)
    with pytest.raises(Later):
        await _post(house, "Busy")
    await house.faults(rate_limit={"retry_after": 7, "calls": 1})
    with pytest.raises(Later) as limited:
        await _post(house, "Fast")
    assert limited.value.retry_after == 7
    gone = replace(house.housing, conversation=ExternalConversation("19:no@thread.tacv2"))
    with pytest.raises(Refused) as refused:
        await house.platform.post(gone, Part({"type": "message", "text": "x"}), MARKER)
    assert refused.value.trouble is not None
    await house.platform.probe(house.housing)


async def test_a_message_action_opens_the_answer(house: House) -> None:
    said = await house.control("say", text="Hello")
    outcome = await house.control("action", command="who_has_got_this", message=said["id"])
    assert "All 41 cities have it." in str(outcome)
    asker, message = house.desk.looked_for[0]
    assert message == said["id"]
    assert asker.tenant == house.workspace.tenant
    unknown = await house.control("action", command="something_else", message=said["id"])
    assert "can't do that yet" in str(unknown)

"""What the stand-in sends the bot when people act, held against recorded activities."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sandbox.teams_rig import Rig, teams_rig

RECORDED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "recorded"


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with teams_rig(time_factor=0.001) as made:
        yield made


def recording(scenario: str, name: str) -> dict[str, Any]:
    file = RECORDED / scenario / "teams.json"
    if not file.exists():
        pytest.skip(f"the recorded activities are not here ({file})")
    found: dict[str, Any] = json.loads(file.read_text())[name]
    return found


def shape(value: Any) -> Any:
    """Keys all the way down, without the values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


async def test_a_mention_in_a_channel_has_the_recorded_shape(rig: Rig) -> None:
    recorded = recording("channel", "mention")
    message = await rig.say("Hey", mention=True)
    sent = await rig.bot.wait_for(lambda a: a["id"] == message)
    assert shape(sent) == shape(recorded)
    assert sent["text"] == "<at>Mayoral Exchange</at> Hey"
    html = sent["attachments"][0]["content"]
    assert html == recorded["attachments"][0]["content"].replace(
        "Chat SDK Demo", "Mayoral Exchange"
    )
    assert sent["conversation"]["id"] == f"{rig.housing.id};messageid={message}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", sent["timestamp"])
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}[+-]\d\d:\d\d", sent["localTimestamp"]
    )


async def test_a_reaction_has_the_recorded_shape(rig: Rig) -> None:
    recorded = recording("actions-reactions", "reaction")
    message = await rig.say("Hey")
    await rig.control(
        "react",
        workspace="stpaul",
        member="mayor",
        conversation="Housing",
        message=message,
        reaction="like",
    )
    sent = await rig.bot.wait_for(lambda a: a["type"] == "messageReaction")
    assert shape(sent) == shape(recorded)
    assert sent["replyToId"] == message
    assert sent["reactionsAdded"] == [{"type": "like"}]
    await rig.control(
        "unreact",
        workspace="stpaul",
        member="mayor",
        conversation="Housing",
        message=message,
        reaction="like",
    )
    await rig.bot.wait_for(lambda a: a.get("reactionsRemoved") == [{"type": "like"}])


async def test_a_personal_message_has_the_recorded_shape(rig: Rig) -> None:
    recorded = recording("dm", "dmMessage")
    message = await rig.say("Hey", conversation="bot")
    sent = await rig.bot.wait_for(lambda a: a["id"] == message)
    assert shape(sent["conversation"]) == shape(recorded["conversation"])
    assert shape(sent["channelData"]) == shape(recorded["channelData"])
    assert shape(sent["from"]) == shape(recorded["from"])
    assert set(recorded) <= set(sent)
    assert sent["conversation"]["id"].startswith("a:")


async def test_a_reply_names_its_thread(rig: Rig) -> None:
    root = await rig.say("Question")
    reply = await rig.say("Answer", thread=root)
    sent = await rig.bot.wait_for(lambda a: a["id"] == reply)
    assert sent["conversation"]["id"] == f"{rig.housing.id};messageid={root}"
    assert sent["replyToId"] == root


async def test_edits_deletes_and_undeletes_arrive_in_order(rig: Rig) -> None:
    message = await rig.say("First")
    here = {"workspace": "stpaul", "member": "lena", "conversation": "Housing"}
    await rig.control("edit", message=message, text="**Second**", **here)
    await rig.control("delete", message=message, **here)
    await rig.control("undelete", message=message, **here)
    await rig.teams.settle()
    seen = [(a["type"], a["channelData"].get("eventType")) for a in rig.bot.received]
    assert seen == [
        ("message", None),
        ("messageUpdate", "editMessage"),
        ("messageDelete", "softDeleteMessage"),
        ("messageUpdate", "undeleteMessage"),
    ]
    assert {a["id"] for a in rig.bot.received} == {message}
    edited = rig.bot.received[1]
    assert edited["text"] == "Second"
    assert edited["attachments"][0]["content"] == "<p><strong>Second</strong></p>"


async def test_without_consent_only_mentions_arrive(rig: Rig) -> None:
    await rig.control("settings", workspace="stpaul", reads_all=False)
    await rig.say("Not for the bot")
    mention = await rig.say("For the bot", mention=True)
    await rig.teams.settle()
    assert [a["id"] for a in rig.bot.received] == [mention]


async def test_the_bot_never_hears_itself_and_nothing_once_removed(rig: Rig) -> None:
    await rig.new_thread(text="From the bot")
    await rig.control("install", workspace="stpaul", member="lena", action="remove")
    await rig.say("Nobody listens")
    await rig.teams.settle()
    assert [a["type"] for a in rig.bot.received] == ["conversationUpdate", "installationUpdate"]
    removed = rig.bot.received[0]
    assert removed["membersRemoved"] == [{"id": rig.teams.world.bot.id}]
    assert removed["channelData"]["eventType"] == "teamMemberRemoved"


async def test_the_team_and_its_channels_change(rig: Rig) -> None:
    here = {"workspace": "stpaul", "member": "lena"}
    await rig.control("install", action="add", conversation="Housing", **here)
    await rig.control("install", action="add-upgrade", **here)
    await rig.control("add", kind="channel", name="Parks", **here)
    await rig.control("rename", conversation="Parks", name="Parks and trees", **here)
    await rig.control("remove", kind="channel", conversation="Parks and trees", **here)
    await rig.control("add", kind="member", workspace="stpaul", member="ted", name="Ted")
    await rig.control("remove", kind="member", workspace="stpaul", member="ted")
    await rig.control("rename", name="Saint Paul", **here)
    await rig.control("team", event="teamArchived", **here)
    await rig.teams.settle()
    events = [
        a.get("action") or a["channelData"].get("eventType")
        for a in rig.bot.received
        if a["type"] in ("conversationUpdate", "installationUpdate")
    ]
    assert sorted(events) == sorted(
        [
            "teamMemberAdded",
            "add",
            "add-upgrade",
            "channelCreated",
            "channelRenamed",
            "channelDeleted",
            "teamMemberAdded",
            "teamMemberRemoved",
            "teamRenamed",
            "teamArchived",
        ]
    )
    added = next(a for a in rig.bot.received if a.get("action") == "add")
    chosen = added["channelData"]["settings"]["selectedChannel"]["id"]
    assert chosen == rig.housing.id
    renamed = next(
        a for a in rig.bot.received if a["channelData"].get("eventType") == "channelRenamed"
    )
    assert renamed["channelData"]["channel"]["name"] == "Parks and trees"


async def test_opening_the_chat_tells_the_bot_once(rig: Rig) -> None:
    first = await rig.control("open", workspace="stpaul", member="lena")
    second = await rig.control("open", workspace="stpaul", member="lena")
    assert first == second
    await rig.teams.settle()
    assert [a["type"] for a in rig.bot.received] == ["conversationUpdate", "installationUpdate"]
    assert len(rig.bot.received[0]["membersAdded"]) == 2


async def upload(rig: Rig, name: str, kind: str, content: bytes, **fields: str) -> str:
    form = aiohttp.FormData()
    for field, value in {"workspace": "stpaul", "member": "lena", **fields}.items():
        form.add_field(field, value)
    form.add_field("file", content, filename=name, content_type=kind)
    url = f"{rig.teams.public_url}/control/upload"
    async with rig.session.post(url, data=form) as response:
        answer = await response.json()
        assert response.status == 200, answer
        return str(answer["id"])


async def test_a_file_in_a_personal_chat_can_be_fetched(rig: Rig) -> None:
    message = await upload(rig, "plan.pdf", "application/pdf", b"%PDF", conversation="bot")
    sent = await rig.bot.wait_for(lambda a: a["id"] == message)
    info = sent["attachments"][0]
    assert info["contentType"] == "application/vnd.microsoft.teams.file.download.info"
    assert info["content"]["fileType"] == "pdf"
    async with rig.session.get(info["content"]["downloadUrl"]) as response:
        assert await response.read() == b"%PDF"
    plain = info["content"]["downloadUrl"].partition("?")[0]
    async with rig.session.get(plain) as response:
        assert response.status == 401


async def test_an_image_in_a_channel_is_hosted_content(rig: Rig) -> None:
    message = await upload(
        rig, "map.png", "image/png", b"\x89PNG", conversation="Housing", text="Look", alt="A map"
    )
    sent = await rig.bot.wait_for(lambda a: a["id"] == message)
    image, html = sent["attachments"]
    assert image["contentType"] == "image/*"
    assert html["content"].startswith("<p>Look</p>")
    assert 'alt="A map"' in html["content"]
    async with rig.session.get(image["contentUrl"]) as response:
        assert (await response.read(), response.content_type) == (b"\x89PNG", "image/png")


async def test_a_file_in_a_channel_is_only_named(rig: Rig) -> None:
    message = await upload(rig, "plan.pdf", "application/pdf", b"%PDF", conversation="Housing")
    sent = await rig.bot.wait_for(lambda a: a["id"] == message)
    assert [a["contentType"] for a in sent["attachments"]] == ["text/html"]
    assert "<attachment id=" in sent["attachments"][0]["content"]


async def test_an_activity_is_sent_again_when_the_bot_fails(rig: Rig) -> None:
    rig.bot.statuses = [500]
    message = await rig.say("Hey")
    await rig.teams.settle()
    assert [a["id"] for a in rig.bot.received] == [message, message]
    rig.bot.statuses = [500, 500]
    await rig.say("Lost")
    await rig.teams.settle()
    assert len(rig.bot.received) == 4
    assert rig.teams.courier.given_up == 1


async def test_bad_control_input_names_the_field(rig: Rig) -> None:
    here = {"workspace": "stpaul", "member": "lena", "conversation": "Housing"}
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("say", {**here, "workspace": "nowhere", "text": "x"}, "workspace"),
        ("say", {**here, "member": "nobody", "text": "x"}, "member"),
        ("say", {**here, "conversation": "Nowhere", "text": "x"}, "conversation"),
        ("say", {**here, "thread": "1", "text": "x"}, "thread"),
        ("say", {**here}, "text"),
        ("edit", {**here, "message": "1", "text": "x"}, "message"),
        ("faults", {"workspace": "stpaul", "delay": -1}, "delay"),
        ("settings", {"workspace": "stpaul", "speed": True}, "speed"),
        ("add", {"workspace": "stpaul", "kind": "moon", "name": "x"}, "kind"),
        ("install", {"workspace": "stpaul", "action": "explode"}, "action"),
    ]
    for act, body, field in cases:
        answer = await rig.control(act, 400, **body)
        assert answer["field"] == field, act


async def test_another_persons_message_cannot_be_changed(rig: Rig) -> None:
    message = await rig.say("Mine")
    here = {"workspace": "stpaul", "member": "mayor", "conversation": "Housing"}
    for act in ("edit", "delete"):
        answer = await rig.control(act, 400, message=message, text="x", **here)
        assert answer["field"] == "message"


async def test_the_state_draws_everything_and_the_stream_tells_of_changes(rig: Rig) -> None:
    url = f"{rig.teams.public_url}/control/stream"
    async with rig.session.ws_connect(url) as stream:
        assert (await stream.receive_json(timeout=5))["kind"] == "hello"
        message = await rig.say("Hi <b>there</b> 👍 @Marcus Lind")
        change = await stream.receive_json(timeout=5)
        assert (change["kind"], change["workspace"]) == ("message", "stpaul")
        assert change["message"] == message
    await rig.new_thread(text="**Ana** · Boston <script>alert(1)</script>")
    async with rig.session.get(f"{rig.teams.public_url}/control/state") as response:
        state = await response.json()
    stpaul = next(w for w in state["workspaces"] if w["id"] == "stpaul")
    housing = next(c for c in stpaul["conversations"] if c["name"] == "Housing")
    theirs, ours = housing["messages"]
    assert theirs["author"]["name"] == "Lena Thao"
    assert "&lt;b&gt;there&lt;/b&gt; 👍" in theirs["html"]
    assert ours["author"]["bot"] is True
    assert ours["html"].startswith("<p><strong>Ana</strong> · Boston &lt;script&gt;")


async def test_a_group_chat_and_its_messages(rig: Rig) -> None:
    chat = await rig.control(
        "add", workspace="stpaul", kind="chat", name="Budget", members=["lena", "mayor"]
    )
    message = await rig.say("Hello both", conversation=chat["id"])
    sent = await rig.bot.wait_for(lambda a: a["id"] == message)
    assert sent["conversation"] == {
        "isGroup": True,
        "conversationType": "groupChat",
        "tenantId": rig.stpaul.tenant_id,
        "id": chat["id"],
    }
    assert "team" not in sent["channelData"]


async def test_a_person_of_a_second_team_in_the_tenant_is_found(rig: Rig) -> None:
    second = rig.teams.world.add_workspace("parks", "Parks", tenant_id=rig.stpaul.tenant_id)
    member = rig.teams.world.add_member(second, "ivy", "Ivy")
    body = {
        "members": [{"id": member.id}],
        "channelData": {"tenant": {"id": rig.stpaul.tenant_id}},
    }
    status, answer, _ = await rig.call("POST", "v3/conversations", body)
    assert status == 201
    assert second.conversations[answer["id"]].members == [member.id]


async def test_what_was_typed_is_kept_for_the_next_edit(rig: Rig) -> None:
    message = await rig.say("**Ours** works")
    url = f"{rig.teams.public_url}/control/message"
    where = {"workspace": "stpaul", "conversation": "Housing", "message": message}
    async with rig.session.get(url, params=where) as response:
        assert (await response.json())["typed"] == "**Ours** works"

"""The Bot Connector of the stand-in, driven as a bot drives it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from integrations.sandbox.teams.cards import CARD_TYPE
from tests.sandbox.teams_rig import Rig, activity_path, teams_rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with teams_rig() as made:
        for workspace in made.teams.world.workspaces.values():
            workspace.faults.enforce_pace = False
        yield made


def card(**more: Any) -> dict[str, Any]:
    content = {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [{"type": "TextBlock", "text": "Hi"}],
        **more,
    }
    return {"contentType": CARD_TYPE, "content": content}


async def test_a_thread_is_made_answered_changed_and_deleted(rig: Rig) -> None:
    thread, root = await rig.new_thread(text="**Ana** from Boston")
    assert thread == f"{rig.housing.id};messageid={root}"
    assert root.isdigit()
    assert len(root) == 13

    status, reply, _ = await rig.send(thread, text="A reply")
    assert status == 201
    assert rig.housing.messages[reply["id"]].root == root

    status, answer, _ = await rig.call(
        "PUT", activity_path(thread, reply["id"]), {"type": "message", "text": "Better"}
    )
    assert (status, answer) == (200, {"id": reply["id"]})
    assert rig.housing.messages[reply["id"]].text == "Better"

    path = activity_path(thread, root)
    assert (await rig.call("DELETE", path))[0] == 200
    assert rig.housing.messages[root].deleted is not None
    assert rig.housing.messages[reply["id"]].deleted is None
    status, answer, _ = await rig.call("DELETE", path)
    assert (status, answer["error"]["code"]) == (404, "ActivityNotFoundInConversation")


async def test_reply_to_activity_lands_in_the_thread_of_that_activity(rig: Rig) -> None:
    root = await rig.say("Who has a lease-up fund?")
    status, answer, _ = await rig.call(
        "POST", activity_path(rig.housing.id, root), {"type": "message", "text": "We do"}
    )
    assert status == 201
    assert rig.housing.messages[answer["id"]].root == root


async def test_every_prefix_leads_to_the_connector(rig: Rig) -> None:
    body = {"type": "message", "text": "hello"}
    for prefix in ("/", "/amer/", "/teams/amer/"):
        status, _, _ = await rig.call(
            "POST",
            f"v3/conversations/{rig.housing.id}/activities",
            body,
            base=rig.teams.public_url + prefix,
        )
        assert status == 201


async def test_a_personal_chat_is_made_once_and_known_people_only(rig: Rig) -> None:
    lena = rig.stpaul.members["lena"]
    body = {
        "members": [{"id": lena.id}],
        "channelData": {"tenant": {"id": rig.stpaul.tenant_id}},
    }
    status, first, _ = await rig.call("POST", "v3/conversations", body)
    assert status == 201
    assert first["id"].startswith("a:")
    _, second, _ = await rig.call("POST", "v3/conversations", body)
    assert second == first

    stranger = {**body, "members": [{"id": "29:nobody"}]}
    assert (await rig.call("POST", "v3/conversations", stranger))[0] == 400
    no_tenant = {"members": [{"id": lena.id}]}
    assert (await rig.call("POST", "v3/conversations", no_tenant))[0] == 400

    lena.blocked_bot = True
    status, answer, _ = await rig.send(first["id"], text="hello")
    assert (status, answer["error"]["code"]) == (403, "MessageWritesBlocked")


async def test_text_with_a_card_becomes_two_messages_without_a_usable_id(rig: Rig) -> None:
    status, answer, _ = await rig.send(rig.housing.id, text="Look", attachments=[card()])
    assert (status, answer) == (201, {})
    assert len(rig.housing.messages) == 2


@pytest.mark.parametrize(
    ("activity", "code"),
    [
        ({"text": ""}, "BadSyntax"),
        ({"type": "nonsense", "text": "x"}, "BadArgument"),
        ({"attachments": [{"contentType": "application/x-thing"}]}, "BadArgument"),
        ({"attachments": [card(version="1.6")]}, "BadArgument"),
        ({"attachments": [card(body=[{"type": "Carousel"}])]}, "BadArgument"),
        ({"attachments": [card(body=[{"type": "TextBlock"}])]}, "BadArgument"),
        (
            {
                "text": "hello",
                "entities": [
                    {"type": "mention", "text": "<at>Bo</at>", "mentioned": {"id": "29:x"}}
                ],
            },
            "BadArgument",
        ),
    ],
)
async def test_what_teams_refuses_is_refused(rig: Rig, activity: dict[str, Any], code: str) -> None:
    status, answer, _ = await rig.send(rig.housing.id, **activity)
    assert (status, answer["error"]["code"]) == (400, code)
    assert not rig.housing.messages


async def test_bodies_that_are_no_json_object_are_refused(rig: Rig) -> None:
    url = f"{rig.teams.service_url(rig.stpaul)}v3/conversations/{rig.housing.id}/activities"
    for body in (b"[1]", b"{", b"\xff\xfe"):
        async with rig.session.post(url, data=body) as response:
            assert response.status == 400


async def test_size_is_counted_as_utf16_without_base64_images(rig: Rig) -> None:
    status, answer, _ = await rig.send(rig.housing.id, text="x" * 52_000)
    assert (status, answer["error"]["code"]) == (413, "MessageSizeTooBig")
    assert (await rig.send(rig.housing.id, text="x" * 40_000))[0] == 201
    assert (await rig.send(rig.housing.id, text="é" * 40_000))[0] == 201
    image = "data:image/png;base64," + "A" * 200_000
    attachment = {"contentType": "image/png", "contentUrl": image}
    assert (await rig.send(rig.housing.id, attachments=[attachment]))[0] == 201


async def test_unknown_places_and_others_messages_are_refused(rig: Rig) -> None:
    status, answer, _ = await rig.send("19:unknown@thread.tacv2", text="x")
    assert (status, answer["error"]["code"]) == (404, "ConversationNotFound")
    status, answer, _ = await rig.send(f"{rig.housing.id};messageid=1", text="x")
    assert (status, answer["error"]["code"]) == (404, "ActivityNotFoundInConversation")
    theirs = await rig.say("Mine")
    status, answer, _ = await rig.call("DELETE", activity_path(rig.housing.id, theirs))
    assert (status, answer["error"]["code"]) == (403, "NotEnoughPermissions")
    rig.stpaul.installed = False
    status, answer, _ = await rig.send(rig.housing.id, text="x")
    assert (status, answer["error"]["code"]) == (403, "BotNotInConversationRoster")


async def test_the_documented_rate_of_a_thread_is_kept(rig: Rig) -> None:
    rig.stpaul.faults.enforce_pace = True
    thread, _ = await rig.new_thread(text="root")
    answers = [await rig.send(thread, text=str(turn)) for turn in range(9)]
    statuses = [status for status, _, _ in answers]
    assert statuses[:7] == [201] * 7
    assert 429 in statuses[7:]
    refused = next(headers for status, _, headers in answers if status == 429)
    assert int(refused["Retry-After"]) >= 1


async def test_a_tenant_has_fifty_requests_a_second(rig: Rig) -> None:
    rig.stpaul.faults.enforce_pace = True
    places = [rig.teams.world.add_channel(rig.stpaul, f"room {turn}").id for turn in range(60)]
    answers = await asyncio.gather(*(rig.send(place, text="x") for place in places))
    assert sum(status == 201 for status, _, _ in answers) == 50


async def test_two_writes_at_once_to_one_thread_fail_with_412(rig: Rig) -> None:
    thread, _ = await rig.new_thread(text="root")
    rig.stpaul.faults.delay = 0.2
    answers = await asyncio.gather(*(rig.send(thread, text=str(turn)) for turn in range(3)))
    assert sorted(status for status, _, _ in answers) == [201, 412, 412]


async def test_forced_faults(rig: Rig) -> None:
    await rig.control("faults", workspace="stpaul", preconditions_failed=1)
    assert (await rig.send(rig.housing.id, text="x"))[0] == 412
    await rig.control("faults", workspace="stpaul", rate_limit={"retry_after": 7, "calls": 1})
    status, _, headers = await rig.send(rig.housing.id, text="x")
    assert (status, headers["Retry-After"]) == (429, "7")

    await rig.control("faults", workspace="stpaul", server_errors=2)
    assert (await rig.send(rig.housing.id, text="x"))[0] == 503
    assert (await rig.send(rig.housing.id, text="x"))[0] == 502
    refused = await rig.control("faults", 400, workspace="stpaul", server_errors=-1)
    assert refused["field"] == "server_errors"

    await rig.control("faults", workspace="stpaul", lost_answers=1)
    with pytest.raises(aiohttp.ClientError):
        await rig.send(rig.housing.id, text="applied")
    assert [m.text for m in rig.housing.messages.values()] == ["applied"]
    lost = rig.teams.journal.entries[-1]
    assert (lost.status, bool(lost.message_id)) == (0, True)

    await rig.control("faults", workspace="stpaul", lost_requests=1)
    with pytest.raises(aiohttp.ClientError):
        await rig.send(rig.housing.id, text="never")
    assert len(rig.housing.messages) == 1

    await rig.control("faults", workspace="stpaul", offline=True)
    with pytest.raises(aiohttp.ClientError):
        await rig.send(rig.housing.id, text="never")
    await rig.control("faults", workspace="stpaul", offline=False)
    assert (await rig.send(rig.housing.id, text="again"))[0] == 201


async def test_a_hanging_tenant_does_not_answer_and_the_others_do(rig: Rig) -> None:
    await rig.control("faults", workspace="stpaul", hang=True)
    hanging = asyncio.create_task(rig.send(rig.housing.id, text="x"))
    water = rig.teams.world.workspaces["marfa"].conversation("Water")
    assert (await rig.send(water.id, text="x"))[0] == 201
    assert not hanging.done()
    await rig.control("faults", workspace="stpaul", hang=False)
    with pytest.raises(aiohttp.ClientError):
        await hanging
    assert not rig.housing.messages


async def test_the_bot_reacts(rig: Rig) -> None:
    message = await rig.say("Out it goes")
    path = activity_path(rig.housing.id, message) + "/reactions/like"
    assert (await rig.call("PUT", path))[0] == 200
    assert rig.housing.messages[message].reactions == {"like": [rig.teams.world.bot.id]}
    assert (await rig.call("DELETE", path))[0] == 200
    assert not rig.housing.messages[message].reactions.get("like")


async def test_teams_channels_and_members_are_listed(rig: Rig) -> None:
    team = rig.stpaul.team_id
    _, details, _ = await rig.call("GET", f"v3/teams/{team}")
    assert details["aadGroupId"] == rig.stpaul.group_id
    _, channels, _ = await rig.call("GET", f"v3/teams/{team}/conversations")
    assert channels["conversations"][0] == {"id": team, "name": None, "type": "standard"}
    assert {"Housing", "Transport"} <= {c["name"] for c in channels["conversations"]}

    for number in range(60):
        rig.teams.world.add_member(rig.stpaul, f"p{number}", f"Person {number}")
    path = f"v3/conversations/{team}/pagedmembers?pageSize=10"
    _, page, _ = await rig.call("GET", path)
    assert len(page["members"]) == 50
    _, rest, _ = await rig.call("GET", f"{path}&continuationToken={page['continuationToken']}")
    assert len(rest["members"]) == 12
    assert "continuationToken" not in rest

    lena = rig.stpaul.members["lena"]
    for key in (lena.id, lena.aad_object_id, lena.email):
        _, found, _ = await rig.call("GET", f"v3/conversations/{team}/members/{key}")
        assert found["name"] == "Lena Thao"
    assert (await rig.call("GET", f"v3/conversations/{team}/members/29:x"))[0] == 404
    _, everyone, _ = await rig.call("GET", f"v3/conversations/{team}/members")
    assert len(everyone) == 62


async def test_the_journal_holds_every_request(rig: Rig) -> None:
    await rig.send(rig.housing.id, text="one")
    await rig.send("19:unknown@thread.tacv2", text="two")
    async with rig.session.get(f"{rig.teams.public_url}/control/journal") as response:
        entries = (await response.json())["entries"]
    assert [(e["method"], e["workspace"], e["status"]) for e in entries] == [
        ("POST activities", "stpaul", 201),
        ("POST activities", "", 404),
    ]


async def test_only_this_machine_is_answered(rig: Rig) -> None:
    url = f"{rig.teams.public_url}/control/state"
    async with rig.session.get(url, headers={"Host": "evil.example"}) as response:
        assert response.status == 403
    async with rig.session.get(url, headers={"Origin": "https://evil.example"}) as response:
        assert response.status == 403

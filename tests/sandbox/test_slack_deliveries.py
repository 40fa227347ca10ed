"""Events leave signed, shaped like the recordings, in order, and are tried again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.sandbox.slack_rig import (
    ANA,
    BEN,
    BOSTON,
    CARL,
    HOUSING,
    MARFA,
    MARFA_HOUSING,
    PRIVATE,
    Received,
    slack_rig,
)


async def test_a_typed_message_has_the_recorded_shape(shared_data: Path) -> None:
    recorded = json.loads((shared_data / "recorded/slack-multi-workspace/team1.json").read_text())
    async with slack_rig() as rig:
        rig.slack.people.mention(BOSTON, ANA, HOUSING, "testing")
        got = await rig.app.wait_for(lambda r: r.event.get("type") == "app_mention")
    expected: dict[str, Any] = recorded["mention"]
    assert set(expected) - {"enterprise_id"} <= set(got.json)
    assert set(expected["event"]) <= set(got.event)
    assert set(expected["authorizations"][0]) == set(got.json["authorizations"][0])
    ours, theirs = got.event["blocks"][0], expected["event"]["blocks"][0]
    theirs["elements"][0]["elements"][0]["user_id"] = rig.bot()
    assert ours["elements"] == theirs["elements"]


async def test_members_of_one_workspace_are_not_told_of_another() -> None:
    async with slack_rig() as rig:
        rig.slack.people.say(MARFA, CARL, MARFA_HOUSING, "from Marfa")
        rig.slack.people.say(BOSTON, ANA, PRIVATE, "without the bot")
        rig.slack.people.say(BOSTON, ANA, HOUSING, "from Boston")
        await rig.app.event("message", text="from Boston")
        await rig.app.event("message", text="from Marfa")
        teams = {r.event["text"]: r.json["team_id"] for r in rig.app.received}
        assert teams == {"from Marfa": MARFA, "from Boston": BOSTON}


async def test_events_of_a_workspace_keep_their_order() -> None:
    async with slack_rig() as rig:
        for number in range(30):
            rig.slack.people.say(BOSTON, ANA, HOUSING, f"m{number}")
        await rig.app.event("message", text="m29")
        assert [r.event["text"] for r in rig.app.received] == [f"m{n}" for n in range(30)]


async def test_a_refused_event_comes_three_more_times_with_the_same_id() -> None:
    def refuse_first(received: Received) -> web.Response:
        return web.Response(status=500 if received.event.get("text") == "first" else 200)

    async with slack_rig() as rig:
        rig.app.answer = refuse_first
        rig.slack.people.say(BOSTON, ANA, HOUSING, "first")
        rig.slack.people.say(BOSTON, ANA, HOUSING, "second")
        last = await rig.app.wait_for(lambda r: r.headers.get("x-slack-retry-num") == "3")
        tries = [r for r in rig.app.received if r.event["text"] == "first"]
        assert len({r.json["event_id"] for r in tries}) == 1
        assert [r.headers.get("x-slack-retry-num") for r in tries] == [None, "1", "2", "3"]
        assert last.headers["x-slack-retry-reason"] == "http_error"
        assert any(r.event["text"] == "second" for r in rig.app.received)


async def test_an_app_may_refuse_retries() -> None:
    async with slack_rig() as rig:
        rig.app.answer = lambda _: web.Response(status=400, headers={"x-slack-no-retry": "1"})
        rig.slack.people.say(BOSTON, ANA, HOUSING, "first")
        await rig.app.event("message", text="first")
        rig.app.answer = lambda _: web.Response()
        rig.slack.people.say(BOSTON, ANA, HOUSING, "second")
        await rig.app.event("message", text="second")
        assert len(rig.app.received) == 2


async def test_url_verification() -> None:
    async with slack_rig() as rig:
        rig.app.answer = lambda r: web.json_response({"challenge": r.json["challenge"]})
        assert (await rig.control("verify"))["ok"] is True
        assert rig.app.received[0].json["type"] == "url_verification"


async def test_what_happens_to_channels_is_told() -> None:
    async with slack_rig() as rig:
        channel = {"workspace": BOSTON, "member": BEN, "channel": HOUSING}
        await rig.control("channel", **channel, do="rename", name="homes")
        renamed = await rig.app.event("channel_rename")
        assert renamed["channel"]["name"] == "homes"
        await rig.control("channel", **channel, do="topic", text="Roofs")
        await rig.app.event("message", subtype="channel_topic", topic="Roofs")
        await rig.control("channel", **channel, do="archive")
        await rig.app.event("channel_archive", channel=HOUSING)
        await rig.control("channel", **channel, do="unarchive")
        await rig.control("channel", **channel, do="remove", target=rig.bot())
        left = await rig.app.event("channel_left")
        assert (left["channel"], left["actor_id"]) == (HOUSING, BEN)
        await rig.control("channel", **channel, do="join", target=rig.bot())
        joined = await rig.app.event("member_joined_channel", user=rig.bot())
        assert (joined["inviter"], joined["channel_type"]) == (BEN, "C")
        inner = {**channel, "channel": PRIVATE}
        await rig.control("channel", **inner, do="join", target=rig.bot())
        await rig.control("channel", **inner, do="remove", target=rig.bot())
        assert (await rig.app.event("group_left"))["channel"] == PRIVATE


async def test_people_edit_delete_and_change_their_name() -> None:
    async with slack_rig() as rig:
        place = {"workspace": BOSTON, "member": ANA, "channel": HOUSING}
        ts = (await rig.control("say", **place, text="one"))["ts"]
        first = await rig.app.event("message", text="one")
        assert first["client_msg_id"]
        await rig.control("edit", **place, ts=ts, text="two")
        changed = await rig.app.event("message", subtype="message_changed")
        assert changed["message"]["edited"]["user"] == ANA
        assert changed["message"]["client_msg_id"] == first["client_msg_id"]
        await rig.control("delete", **place, ts=ts)
        await rig.app.event("message", subtype="message_deleted", deleted_ts=ts)
        await rig.control("member", workspace=BOSTON, member=ANA, title="Former mayor")
        assert (await rig.app.event("user_change"))["user"]["profile"]["title"] == "Former mayor"
        await rig.control("team", workspace=BOSTON, name="Boston, MA")
        assert (await rig.app.event("team_rename"))["name"] == "Boston, MA"


async def test_a_preview_is_a_change_that_nobody_made() -> None:
    async with slack_rig() as rig:
        said = rig.slack.people.say(BOSTON, ANA, HOUSING, "see https://example.org/fund")
        await rig.control("unfurl", workspace=BOSTON, channel=HOUSING, ts=said.ts, title="Fund")
        changed = await rig.app.event("message", subtype="message_changed")
        assert "edited" not in changed["message"]
        assert changed["message"]["text"] == changed["previous_message"]["text"]
        assert changed["message"]["attachments"][0]["from_url"] == "https://example.org/fund"


async def test_an_event_may_come_twice() -> None:
    async with slack_rig() as rig:
        rig.slack.people.say(BOSTON, ANA, HOUSING, "once")
        await rig.app.event("message", text="once")
        event_id = rig.app.received[0].json["event_id"]
        await rig.control("redeliver", event_id=event_id)
        await rig.app.wait_for(lambda r: len(rig.app.received) == 2)
        assert rig.app.received[1].json["event_id"] == event_id


async def test_reactions_and_joins_have_the_recorded_shape(shared_data: Path) -> None:
    recorded = shared_data / "recorded"
    reaction = json.loads((recorded / "actions-reactions/slack.json").read_text())["reaction"]
    joined = json.loads((recorded / "member-joined-channel/slack.json").read_text())
    async with slack_rig() as rig:
        said = rig.slack.people.say(BOSTON, ANA, HOUSING, "hi")
        rig.slack.people.react(BOSTON, ANA, HOUSING, said.ts, "+1")
        ours = await rig.app.event("reaction_added")
        assert set(ours) == set(reaction["event"])
        channel = {"workspace": BOSTON, "member": BEN, "channel": PRIVATE}
        await rig.control("channel", **channel, do="join", target=rig.bot())
        ours = await rig.app.event("member_joined_channel")
        assert set(joined["memberJoinedChannel"]["event"]) - {"enterprise"} == set(ours)


async def test_socket_mode_carries_the_same_events() -> None:
    async with slack_rig(listening=False) as rig:
        app = rig.slack.state.apps["A0EXCHANGE1"]
        app.socket_mode = True
        opened = await rig.client("xapp-1-exchange").apps_connections_open(
            app_token="xapp-1-exchange"
        )
        async with rig.session.ws_connect(str(opened["url"])) as socket:
            assert (await socket.receive_json(timeout=5))["type"] == "hello"
            rig.slack.people.say(BOSTON, ANA, HOUSING, "over the socket")
            envelope = await socket.receive_json(timeout=5)
            assert envelope["type"] == "events_api"
            assert envelope["payload"]["event"]["text"] == "over the socket"
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            typed = {"workspace": BOSTON, "member": ANA, "channel": HOUSING}
            asking = asyncio.create_task(rig.control("command", **typed, text="/exchange help"))
            command = await socket.receive_json(timeout=5)
            assert command["payload"]["command"] == "/exchange"
            answer = {"envelope_id": command["envelope_id"], "payload": {"text": "Here to help."}}
            await socket.send_json(answer)
            assert (await asking)["ok"] is True
            await asyncio.gather(rig.control("reconnect"), _until_closed(socket))
        assert rig.slack.outgoing.deliveries[0].attempts[0].status == 200
        kept = rig.slack.state.workspaces[BOSTON].conversations[HOUSING].ephemerals
        assert kept[-1]["text"] == "Here to help."


async def _until_closed(socket: Any) -> None:
    assert (await socket.receive_json(timeout=5))["reason"] == "refresh_requested"
    await socket.receive(timeout=5)


async def test_a_slow_app_is_asked_again(monkeypatch: Any) -> None:
    monkeypatch.setattr("integrations.sandbox.slack.events.ANSWER_WITHIN", 0.05)
    async with slack_rig() as rig:
        release = asyncio.Event()

        async def hold(request: web.Request) -> web.Response:
            await release.wait()
            return web.Response()

        server = web.Application()
        server.router.add_post("/slow", hold)
        runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        app = rig.slack.state.apps["A0EXCHANGE1"]
        good, app.events_url = app.events_url, f"http://127.0.0.1:{runner.addresses[0][1]}/slow"
        rig.slack.people.say(BOSTON, ANA, HOUSING, "hello")
        change = rig.slack.changes.subscribe()
        async with asyncio.timeout(5):
            await anext(c async for c in change if c["kind"] == "event")
        app.events_url = good
        again = await rig.app.wait_for(lambda r: "x-slack-retry-num" in r.headers)
        assert again.headers["x-slack-retry-reason"] == "http_timeout"
        release.set()
        await runner.cleanup()

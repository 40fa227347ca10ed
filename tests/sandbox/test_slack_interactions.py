"""Commands, buttons, dialogs, response addresses and App Home of the Slack stand-in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from integrations.sandbox.world import system_clock
from tests.sandbox.slack_rig import ANA, BEN, BOSTON, HOUSING, Received, Rig, slack_rig

PLACE = {"workspace": BOSTON, "member": ANA, "channel": HOUSING}
WORDS = {"type": "plain_text", "text": "Press"}
BUTTON = {"type": "button", "action_id": "go", "text": WORDS, "value": "42"}
ACTIONS = [{"type": "actions", "block_id": "b1", "elements": [BUTTON]}]


def modal(title: str = "Case", **more: Any) -> dict[str, Any]:
    """A dialog with one required field and a menu."""
    options = [{"text": {"type": "plain_text", "text": t}, "value": t} for t in ("a", "b")]
    fields = [
        ("what", {"type": "plain_text_input", "action_id": "text"}),
        ("kind", {"type": "static_select", "action_id": "menu", "options": options}),
    ]
    blocks = [
        {"type": "input", "block_id": block, "label": WORDS, "element": element}
        for block, element in fields
    ]
    plain = {"type": "plain_text", "text": title}
    return {"type": "modal", "title": plain, "submit": WORDS, "blocks": blocks, **more}


def ephemerals(rig: Rig) -> list[dict[str, Any]]:
    """What single members see in the Housing channel."""
    return rig.slack.state.workspaces[BOSTON].conversations[HOUSING].ephemerals


async def test_a_command_is_answered_to_its_author_only() -> None:
    async with slack_rig() as rig:
        rig.app.answer = lambda _: web.Response(text="Ask the cities")
        answer = await rig.control("command", **PLACE, text="/exchange  who has it")
        assert answer["ok"] is True
        fields = rig.app.received[0].json
        assert (fields["command"], fields["text"]) == ("/exchange", "who has it")
        assert (fields["user_id"], fields["channel_name"]) == (ANA, "housing")
        assert [(e["to"], e["text"]) for e in ephemerals(rig)] == [(ANA, "Ask the cities")]


async def test_a_failing_command_is_told_to_the_member() -> None:
    async with slack_rig() as rig:
        rig.app.answer = lambda _: web.Response(status=500)
        answer = await rig.control("command", **PLACE, text="/exchange")
        assert answer == {"ok": False, "error": "dispatch_failed", "status": 500}
        async with rig.session.post(
            f"{rig.slack.base_url}/control/command", json={**PLACE, "text": "/nothing"}
        ) as response:
            assert response.status == 400
            assert (await response.json())["field"] == "text"


async def test_a_response_url_replaces_adds_and_runs_out() -> None:
    async with slack_rig() as rig:
        posted = await rig.client().chat_postMessage(channel=HOUSING, text="x", blocks=ACTIONS)
        await rig.control("press", **PLACE, ts=posted["ts"], action_id="go")
        payload = (await rig.app.wait_for(lambda r: r.json.get("type") == "block_actions")).json
        assert payload["actions"][0]["value"] == "42"
        assert payload["container"]["message_ts"] == posted["ts"]
        hook = AsyncWebhookClient(payload["response_url"], session=rig.session)
        assert (await hook.send(text="done", replace_original=True)).body == "ok"
        shown = await rig.client().conversations_history(channel=HOUSING)
        assert shown["messages"][0]["text"] == "done"
        await hook.send(text="for you", response_type="ephemeral", replace_original=False)
        assert ephemerals(rig)[-1]["to"] == ANA
        await hook.send(text="for all", response_type="in_channel", replace_original=False)
        event = await rig.app.event("message", text="for all")
        assert event["subtype"] == "bot_message"
        await hook.send(delete_original=True)
        await rig.app.event("message", subtype="message_deleted", deleted_ts=posted["ts"])
        await hook.send(text="5", response_type="ephemeral")
        assert (await hook.send(text="6", response_type="ephemeral")).status_code == 404


async def test_an_ephemeral_message_has_buttons_but_no_event_and_no_history() -> None:
    async with slack_rig() as rig:
        client = rig.client()
        sent = await client.chat_postEphemeral(channel=HOUSING, user=ANA, text="x", blocks=ACTIONS)
        await rig.control("press", **PLACE, ts=sent["message_ts"], action_id="go")
        payload = (await rig.app.wait_for(lambda r: r.json.get("type") == "block_actions")).json
        assert payload["container"]["is_ephemeral"] is True
        assert "message" not in payload
        hook = AsyncWebhookClient(payload["response_url"], session=rig.session)
        await hook.send(delete_original=True)
        assert ephemerals(rig) == []
        assert (await client.conversations_history(channel=HOUSING))["messages"] == []
        with pytest.raises(SlackApiError, match="user_not_in_channel"):
            await client.chat_postEphemeral(channel=HOUSING, user=_stranger(rig), text="x")


def _stranger(rig: Rig) -> str:
    rig.slack.state.workspaces[BOSTON].conversations[HOUSING].members.pop(BEN)
    return BEN


async def _open(rig: Rig, view: dict[str, Any]) -> dict[str, Any]:
    await rig.control("command", **PLACE, text="/exchange share")
    trigger = rig.app.received[-1].json["trigger_id"]
    opened = await rig.client().views_open(trigger_id=trigger, view=view)
    made: dict[str, Any] = opened["view"]
    return made


async def test_a_dialog_is_filled_refused_and_closed() -> None:
    async with slack_rig() as rig:
        await _open(rig, modal(private_metadata="p", callback_id="share"))
        empty = await rig.control("submit", workspace=BOSTON, member=ANA, values={"what": ""})
        assert set(empty["errors"]) == {"what", "kind"}

        def refuse(_: Received) -> web.Response:
            return web.json_response({"response_action": "errors", "errors": {"what": "Longer"}})

        rig.app.answer = refuse
        filled = {"workspace": BOSTON, "member": ANA, "values": {"what": "x", "kind": "b"}}
        refused = await rig.control("submit", **filled)
        assert (refused["result"], refused["errors"]) == ("errors", {"what": "Longer"})
        sent = rig.app.received[-1].json
        values = sent["view"]["state"]["values"]
        assert values["what"]["text"] == {"type": "plain_text_input", "value": "x"}
        assert values["kind"]["menu"]["selected_option"]["value"] == "b"
        assert sent["view"]["private_metadata"] == "p"
        rig.app.answer = lambda _: web.Response()
        assert (await rig.control("submit", **filled))["result"] == "closed"
        assert rig.slack.snapshot()["workspaces"][0]["modals"][ANA] == []


async def test_a_dialog_is_updated_pushed_and_cleared() -> None:
    async with slack_rig() as rig:
        view = await _open(rig, modal())
        filled = {"workspace": BOSTON, "member": ANA, "values": {"what": "x", "kind": "b"}}
        rig.app.answer = lambda _: web.json_response(
            {"response_action": "update", "view": modal("Second")}
        )
        updated = await rig.control("submit", **filled)
        assert updated["view"]["title"]["text"] == "Second"
        assert updated["view"]["id"] == view["id"]
        rig.app.answer = lambda _: web.json_response(
            {"response_action": "push", "view": modal("Third", notify_on_close=True)}
        )
        pushed = await rig.control("submit", **filled)
        assert pushed["view"]["previous_view_id"] == view["id"]
        rig.app.answer = lambda _: web.Response()
        await rig.control("close", workspace=BOSTON, member=ANA)
        assert rig.app.received[-1].json["type"] == "view_closed"
        rig.app.answer = lambda _: web.json_response({"response_action": "clear"})
        assert (await rig.control("submit", **filled))["result"] == "cleared"


async def test_a_stale_hash_and_a_used_trigger_are_refused() -> None:
    async with slack_rig() as rig:
        view = await _open(rig, modal())
        trigger = rig.app.received[-1].json["trigger_id"]
        client = rig.client()
        with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
            await client.views_open(trigger_id=trigger, view=modal())
        with pytest.raises(SlackApiError, match="hash_conflict"):
            await client.views_update(view_id=view["id"], view=modal(), hash="old")
        await client.views_update(view_id=view["id"], view=modal(), hash=view["hash"])
        bad = modal()
        bad["title"]["text"] = "x" * 25
        with pytest.raises(SlackApiError, match="invalid_arguments"):
            await client.views_update(view_id=view["id"], view=bad)


async def test_a_trigger_lives_three_seconds() -> None:
    ahead = timedelta()
    async with slack_rig(clock=lambda: system_clock() + ahead) as rig:
        await rig.control("command", **PLACE, text="/exchange")
        ahead = timedelta(seconds=3.5)
        with pytest.raises(SlackApiError, match="expired_trigger_id"):
            await rig.client().views_open(
                trigger_id=rig.app.received[-1].json["trigger_id"], view=modal()
            )


async def test_app_home_and_a_message_shortcut() -> None:
    async with slack_rig() as rig:
        await rig.control("open", workspace=BOSTON, member=ANA)
        opened = await rig.app.event("app_home_opened")
        assert opened["tab"] == "home"
        assert "view" not in opened
        home = {"type": "home", "blocks": [{"type": "section", "text": {**WORDS}}]}
        await rig.client().views_publish(user_id=ANA, view=home)
        again = await rig.control("open", workspace=BOSTON, member=ANA)
        assert again["view"]["blocks"][0]["text"]["text"] == "Press"
        said = rig.slack.people.say(BOSTON, BEN, HOUSING, "look")
        await rig.control("message_action", **PLACE, ts=said.ts, callback_id="report")
        payload = rig.app.received[-1].json
        assert (payload["type"], payload["callback_id"]) == ("message_action", "report")
        assert payload["message"]["text"] == "look"


def search(view: dict[str, Any]) -> dict[str, Any]:
    """A dialog whose second field is filled from outside."""
    element = {"type": "external_select", "action_id": "menu", "min_query_length": 2}
    return {**view, "blocks": [view["blocks"][0], {**view["blocks"][1], "element": element}]}


async def test_what_is_typed_into_a_menu_is_sent_to_the_app_and_its_options_come_back() -> None:
    offered = [{"text": {"type": "plain_text", "text": "Boston, MA"}, "value": "2507000"}]
    async with slack_rig() as rig:
        await rig.control("command", **PLACE, text="/exchange")
        trigger = rig.app.received[0].json["trigger_id"]
        opened = await rig.client().views_open(trigger_id=trigger, view=search(modal()))
        view = opened["view"]
        where = {"workspace": BOSTON, "member": ANA, "view_id": view["id"], "action_id": "menu"}
        rig.app.answer = lambda _: web.json_response({"options": offered})
        assert await rig.control("suggest", **where, value="bos") == {
            "ok": True,
            "options": offered,
        }
        payload = rig.app.received[-1].json
        assert payload["type"] == "block_suggestion"
        assert (payload["value"], payload["action_id"], payload["block_id"]) == (
            "bos",
            "menu",
            "kind",
        )
        assert payload["container"] == {"type": "view", "view_id": view["id"]}
        assert payload["view"]["private_metadata"] == ""
        groups = [{"label": WORDS, "options": offered}]
        rig.app.answer = lambda _: web.json_response({"option_groups": groups})
        assert (await rig.control("suggest", **where, value="bo"))["option_groups"] == groups
        chosen = {"type": "external_select", "selected_option": offered[0]}
        rig.app.answer = lambda _: web.Response()
        values = {"what": {"text": {"type": "plain_text_input", "value": "x"}}, "kind": chosen}
        await rig.control(
            "submit", workspace=BOSTON, member=ANA, values={**values, "kind": {"menu": chosen}}
        )
        sent = rig.app.received[-1].json["view"]["state"]["values"]
        assert sent["kind"]["menu"]["selected_option"]["value"] == "2507000"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"options": [{"text": WORDS}]},
        {"options": [{"text": {"type": "plain_text", "text": "x" * 76}, "value": "1"}]},
        {"options": [{"text": WORDS, "value": str(n)} for n in range(101)]},
    ],
)
async def test_options_that_slack_would_not_show_are_an_error(said: dict[str, Any]) -> None:
    async with slack_rig() as rig:
        await rig.control("command", **PLACE, text="/exchange")
        trigger = rig.app.received[0].json["trigger_id"]
        opened = await rig.client().views_open(trigger_id=trigger, view=search(modal()))
        rig.app.answer = lambda _: web.json_response(said)
        where = {"workspace": BOSTON, "member": ANA, "view_id": opened["view"]["id"]}
        answer = await rig.control("suggest", **where, action_id="menu", value="bos")
        assert answer == {"ok": False, "error": "invalid_options"}

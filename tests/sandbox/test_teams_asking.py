"""Buttons, dialogs, searches and message actions: what is sent and what is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from integrations.sandbox.teams.cards import CARD_TYPE
from tests.sandbox.teams_rig import Rig, activity_path, teams_rig

HERE = {"workspace": "stpaul", "member": "lena", "conversation": "Housing"}
SUBMIT = {"type": "Action.Submit", "title": "Got it", "data": {"actionId": "info"}}
FETCH = {
    "type": "Action.Submit",
    "title": "Open",
    "data": {"msteams": {"type": "task/fetch"}, "form": "case"},
}
EXECUTE = {"type": "Action.Execute", "title": "Who", "verb": "status", "data": {"post": "7"}}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with teams_rig(time_factor=0.001) as made:
        yield made


def card(text: str, *actions: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [{"type": "TextBlock", "text": text}],
        "actions": list(actions),
    }


async def posted_card(rig: Rig, *actions: dict[str, Any]) -> str:
    attachment = {"contentType": CARD_TYPE, "content": card("Choose", *actions)}
    _, message = await rig.new_thread(attachments=[attachment])
    return message


def dialog_answer(title: str) -> dict[str, Any]:
    value = {"title": title, "card": {"contentType": CARD_TYPE, "content": card("Form")}}
    return {"task": {"type": "continue", "value": value}}


async def test_a_submit_button_is_a_message_with_a_value(rig: Rig) -> None:
    message = await posted_card(rig, SUBMIT)
    await rig.control("press", message=message, action=SUBMIT, inputs={"why": "x"}, **HERE)
    sent = await rig.bot.wait_for(lambda a: "value" in a)
    assert sent["type"] == "message"
    assert "text" not in sent
    assert sent["id"].startswith("f:")
    assert sent["replyToId"] == message
    assert sent["value"] == {"actionId": "info", "why": "x"}
    assert sent["channelData"]["source"] == {"name": "message"}


async def test_a_button_that_is_not_there_cannot_be_pressed(rig: Rig) -> None:
    message = await posted_card(rig, SUBMIT)
    answer = await rig.control("press", 400, message=message, action=EXECUTE, **HERE)
    assert answer["field"] == "action"


async def test_a_dialog_opens_is_submitted_and_answers(rig: Rig) -> None:
    message = await posted_card(rig, FETCH)
    rig.bot.answers["task/fetch"] = dialog_answer("Share a case")
    outcome = await rig.control("press", message=message, action=FETCH, **HERE)
    assert outcome["dialog"]["title"] == "Share a case"
    fetched = await rig.bot.wait_for(lambda a: a.get("name") == "task/fetch")
    assert fetched["value"]["data"]["form"] == "case"
    assert fetched["value"]["context"] == {"theme": "default"}

    rig.bot.answers["task/submit"] = {"task": {"type": "message", "value": "Saved"}}
    dialog = outcome["dialog"]["id"]
    result = await rig.control(
        "submit", workspace="stpaul", dialog=dialog, data={"title": "Night bus"}
    )
    assert result["message"] == "Saved"
    submitted = await rig.bot.wait_for(lambda a: a.get("name") == "task/submit")
    assert submitted["value"]["data"] == {"title": "Night bus"}
    assert submitted["from"]["id"] == rig.stpaul.members["lena"].id
    again = await rig.control("submit", 400, workspace="stpaul", dialog=dialog, data={})
    assert again["field"] == "dialog"


async def test_a_dialog_whose_card_teams_refuses_is_an_error(rig: Rig) -> None:
    message = await posted_card(rig, FETCH)
    answer = dialog_answer("Broken")
    answer["task"]["value"]["card"]["content"]["version"] = "1.6"
    rig.bot.answers["task/fetch"] = answer
    outcome = await rig.control("press", message=message, action=FETCH, **HERE)
    assert outcome["dialog"] is None
    assert "newer than 1.5" in outcome["error"]


async def test_execute_changes_the_card_for_that_person(rig: Rig) -> None:
    message = await posted_card(rig, EXECUTE)
    rig.bot.answers["adaptiveCard/action"] = {
        "statusCode": 200,
        "type": CARD_TYPE,
        "value": card("39 of 41 cities have it"),
    }
    outcome = await rig.control("press", message=message, action=EXECUTE, **HERE)
    assert outcome["card"]["body"][0]["text"] == "39 of 41 cities have it"
    sent = await rig.bot.wait_for(lambda a: a.get("name") == "adaptiveCard/action")
    assert sent["value"]["trigger"] == "manual"
    assert sent["value"]["action"]["verb"] == "status"
    assert sent["value"]["action"]["data"] == {"post": "7"}
    assert sent["replyToId"] == message
    views = rig.housing.messages[message].views
    assert list(views) == [rig.stpaul.members["lena"].id]

    rig.bot.answers["adaptiveCard/action"] = {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": "Done",
    }
    gone = await rig.control("press", 400, message=message, action=EXECUTE, **HERE)
    assert gone["field"] == "action"


async def test_a_card_refreshes_for_whom_it_names(rig: Rig) -> None:
    lena = rig.stpaul.members["lena"].id
    refreshing = card("Old", EXECUTE)
    refreshing["refresh"] = {"action": EXECUTE, "userIds": [lena]}
    attachment = {"contentType": CARD_TYPE, "content": refreshing}
    _, message = await rig.new_thread(attachments=[attachment])
    rig.bot.answers["adaptiveCard/action"] = {
        "statusCode": 200,
        "type": CARD_TYPE,
        "value": card("New"),
    }
    outcome = await rig.control("refresh", message=message, **HERE)
    assert outcome["card"]["body"][0]["text"] == "New"
    sent = await rig.bot.wait_for(lambda a: a.get("name") == "adaptiveCard/action")
    assert sent["value"]["trigger"] == "automatic"
    unnamed = await rig.control("refresh", message=message, **{**HERE, "member": "mayor"})
    assert unnamed["card"] is None


async def test_a_message_action_carries_the_message(rig: Rig) -> None:
    message = await rig.say("We cut vacancies by **21 %**")
    rig.bot.answers["composeExtension/fetchTask"] = dialog_answer("Save as a case")
    outcome = await rig.control("action", message=message, command="saveCase", **HERE)
    sent = await rig.bot.wait_for(lambda a: a.get("name") == "composeExtension/fetchTask")
    value = sent["value"]
    assert (value["commandId"], value["commandContext"]) == ("saveCase", "message")
    payload = value["messagePayload"]
    assert payload["id"] == message
    assert payload["body"]["content"] == "<p>We cut vacancies by <strong>21 %</strong></p>"
    assert payload["from"]["user"]["displayName"] == "Lena Thao"

    rig.bot.answers["composeExtension/submitAction"] = {
        "task": {"type": "message", "value": "Saved"}
    }
    dialog = outcome["dialog"]["id"]
    result = await rig.control("submit", workspace="stpaul", dialog=dialog, data={"a": "b"})
    assert result["message"] == "Saved"
    sent = await rig.bot.wait_for(lambda a: a.get("name") == "composeExtension/submitAction")
    assert sent["value"]["data"] == {"a": "b"}
    assert sent["value"]["messagePayload"]["id"] == message


async def test_search_and_links_give_results(rig: Rig) -> None:
    found = {"contentType": CARD_TYPE, "content": card("Night bus"), "preview": {}}
    answer = {"composeExtension": {"type": "result", "attachments": [found]}}
    rig.bot.answers["composeExtension/query"] = answer
    rig.bot.answers["composeExtension/queryLink"] = answer
    outcome = await rig.control("search", command="searchCases", query="bus", **HERE)
    assert outcome["results"] == [found]
    sent = await rig.bot.wait_for(lambda a: a.get("name") == "composeExtension/query")
    assert sent["value"]["parameters"] == [{"name": "query", "value": "bus"}]
    await rig.control("link", url="https://exchange.example/cases/7", **HERE)
    sent = await rig.bot.wait_for(lambda a: a.get("name") == "composeExtension/queryLink")
    assert sent["value"] == {"url": "https://exchange.example/cases/7"}


async def test_a_bot_that_fails_is_shown_as_such(rig: Rig) -> None:
    message = await posted_card(rig, FETCH)
    rig.bot.statuses = [500]
    outcome = await rig.control("press", message=message, action=FETCH, **HERE)
    assert (outcome["status"], outcome["error"]) == (500, "Unable to reach app.")


async def test_an_updated_card_is_the_same_for_everyone_again(rig: Rig) -> None:
    message = await posted_card(rig, EXECUTE)
    rig.housing.messages[message].views["29:someone"] = card("Mine")
    body = {
        "type": "message",
        "attachments": [{"contentType": CARD_TYPE, "content": card("New", EXECUTE)}],
    }
    status, _, _ = await rig.call("PUT", activity_path(rig.housing.id, message), body)
    assert status == 200
    assert rig.housing.messages[message].views == {}

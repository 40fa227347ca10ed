"""What a person waits for in Teams, through our webhook and botbuilder."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.ports import Answer, Asker
from tests.teams.teams_house import Desk, House, teams_house


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with teams_house() as made:
        yield made


async def _invoke(house: House, name: str, value: Any, **more: Any) -> tuple[int, Any]:
    lena = house.stpaul.member("lena")
    channel = house.housing.conversation
    activity = {
        "type": "invoke",
        "name": name,
        "id": "f:1",
        "channelId": "msteams",
        "serviceUrl": house.workspace.api_url,
        "from": {"id": lena.id, "name": lena.name},
        "recipient": {"id": house.teams.world.bot.id},
        "conversation": {"id": f"{channel};messageid=17", "conversationType": "channel"},
        "channelData": {"tenant": {"id": house.workspace.tenant}},
        "value": value,
        **more,
    }
    async with house.session.post(house.url, json=activity) as response:
        return response.status, await response.json() if await response.read() else None


async def test_a_card_action_is_answered_with_a_card(house: House) -> None:
    value = {"action": {"type": "Action.Execute", "verb": "help", "data": {}}, "trigger": "manual"}
    status, body = await _invoke(house, "adaptiveCard/action", value)
    assert status == 200
    assert body["statusCode"] == 200
    assert body["type"] == "application/vnd.microsoft.card.adaptive"
    assert body["value"]["type"] == "AdaptiveCard"
    asker, words = house.desk.asked[0]
    assert words == "help"
    assert asker.member == house.stpaul.member("lena").id
    assert (asker.conversation, asker.thread) == (house.housing.conversation, "17")
    assert asker.workspace == house.workspace.external_id


@pytest.mark.parametrize("name", ["task/fetch", "task/submit", "composeExtension/submitAction"])
async def test_dialogs_are_answered_with_a_card(house: House, name: str) -> None:
    value = {"data": {"verb": "status"}, "context": {"theme": "dark"}, "commandId": "x"}
    status, body = await _invoke(house, name, value)
    assert status == 200
    assert body["task"]["type"] == "continue"
    card = body["task"]["value"]["card"]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["actions"][0]["data"] == {"verb": "help"}
    assert house.desk.asked[0][1] == "status"


async def test_who_has_got_this(house: House) -> None:
    value = {
        "commandId": "who_has_got_this",
        "commandContext": "message",
        "messagePayload": {"id": "1767224937245", "body": {"content": "x"}, "from": None},
    }
    status, body = await _invoke(house, "composeExtension/fetchTask", value)
    assert status == 200
    assert "All 41 cities have it." in str(body)
    assert house.desk.looked_for[0][1] == "1767224937245"


async def test_what_nobody_knows(house: House) -> None:
    status, body = await _invoke(house, "composeExtension/query", {"commandId": "search"})
    assert status == 200
    assert "Mention me" in body["composeExtension"]["text"]
    for name in ("something/else", "fileConsent/invoke", "composeExtension/queryLink", ""):
        status, body = await _invoke(house, name, {"action": "accept"})
        assert status in {200, 501}, name


@pytest.mark.parametrize("value", [None, 1, "x", [], {"action": 5}, {"data": []}, {"data": "x"}])
@pytest.mark.parametrize(
    "name",
    ["adaptiveCard/action", "task/fetch", "composeExtension/fetchTask", "fileConsent/invoke"],
)
async def test_odd_values_are_answered(house: House, name: str, value: Any) -> None:
    status, _ = await _invoke(house, name, value)
    assert status in {200, 400, 501}


async def test_a_desk_that_fails(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(self: Desk, asker: Asker, words: str) -> Answer:
        raise RuntimeError("words of a person")

    monkeypatch.setattr(Desk, "ask", fail)
    status, _ = await _invoke(house, "task/fetch", {})
    assert status == 500

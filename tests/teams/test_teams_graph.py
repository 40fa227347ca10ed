"""Gaps are filled from Microsoft Graph, in order, where the team has agreed to it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.events import MessageDeleted, MessageEdited, MessagePosted, Received
from core.failures import Refused
from core.ids import ExternalMessage, Marker
from core.ports import Part
from core.text import plain_text
from integrations.teams.fields import time_of_id
from integrations.teams.graph import GraphTeamsPlatform
from tests.teams.teams_house import House, teams_house

APP = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with teams_house(graph=True, app_id=APP) as made:
        await made.faults(enforce_pace=False)
        yield made


async def _history(house: House, since: str, *threads: str) -> list[Received]:
    roots = [ExternalMessage(thread) for thread in threads]
    assert isinstance(house.platform, GraphTeamsPlatform)
    return [item async for item in house.platform.history(house.housing, since, roots)]


async def test_a_gap_is_filled_once_and_in_order(house: House) -> None:
    before = await house.control("say", text="Before")
    await house.event(MessagePosted)
    house.teams.events_url = ""
    await house.control("edit", message=before["id"], text="Before, edited")
    root = await house.control("say", text="One **bold**")
    ours = await house.platform.post(
        house.housing, Part({"type": "message", "text": "Ours"}), Marker("1.0")
    )
    reply = await house.control("say", text="Two", thread=root["id"])
    gone = await house.control("say", text="Gone")
    await house.control("delete", message=gone["id"])
    found = await _history(house, before["id"])
    events = [house.platform.parse(received.payload) for received in found]
    posted = [event for event in events if isinstance(event, MessagePosted)]
    assert [event.message for event in posted] == [root["id"], ours, reply["id"]]
    assert [event.ours for event in posted] == [False, True, False]
    assert posted[2].thread == root["id"]
    assert plain_text(posted[0].body) == "One bold"
    lena = house.stpaul.member("lena")
    assert posted[0].author.external_id == lena.id
    (edited,) = [event for event in events if isinstance(event, MessageEdited)]
    assert (edited.message, plain_text(edited.body)) == (before["id"], "Before, edited")
    (deleted,) = [event for event in events if isinstance(event, MessageDeleted)]
    assert deleted.message == gone["id"]
    assert [item.at for item in found] == sorted(item.at for item in found)


async def test_what_the_webhook_has_seen_has_the_same_key(house: House) -> None:
    first = await house.control("say", text="First")
    second = await house.control("say", text="Second", thread=first["id"])
    await house.event(MessagePosted, lambda event: event.message == second["id"])
    just_before = time_of_id(first["id"])
    assert just_before is not None
    assert isinstance(house.platform, GraphTeamsPlatform)
    mark = house.platform.mark_of(just_before - timedelta(milliseconds=1))
    found = await _history(house, mark)
    assert {item.key for item in found} == house.inbox.keys
    assert {item.lane for item in found} == {item.lane for item in house.inbox.received}


async def test_without_consent_or_a_time(house: House) -> None:
    said = await house.control("say", text="Hello")
    assert await _history(house, "") == []
    assert await _history(house, "0f8fad5b-d9cb-469f-a165-70867728950e") == []
    house.stpaul.graph_consent = False
    with pytest.raises(Refused) as refused:
        await _history(house, said["id"])
    assert refused.value.trouble is None

"""Joining from Teams: who adds the app where, what a team lets us hear, and notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.events import MessagePosted, WorkspaceJoined
from core.ports import Answer, Choice
from core.text import paragraph
from tests.teams.teams_cards import buttons_of, checked, lines_of
from tests.teams.teams_house import House, teams_house
from tests.teams.teams_office_rig import FakeOffice, Person


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with teams_house(office=FakeOffice()) as made:
        yield made


async def test_whoever_adds_the_app_for_themselves_sees_their_page(house: House) -> None:
    await house.control("open", conversation="")
    _, card = await Person(house).card()
    assert lines_of(card)[0] == "My city"


async def test_where_no_team_has_it_one_learns_where_to_add_it(house: House) -> None:
    house.tenants.known.clear()
    await house.control("open", conversation="")
    chat = house.teams.people.place("stpaul", "lena", "bot").conversation
    async with asyncio.timeout(5):
        while not chat.messages:  # noqa: ASYNC110 - the stand-in has no event for it
            await asyncio.sleep(0.01)
    (told,) = chat.messages.values()
    assert "Add to a team" in told.text


async def test_a_team_of_a_tenant_we_don_t_know_is_kept(house: House) -> None:
    house.tenants.known.clear()
    await house.control("install", action="add", conversation="")
    joined = await house.event(WorkspaceJoined)
    assert joined.source.tenant == house.stpaul.tenant_id
    assert joined.source.api_url == house.teams.service_url(house.stpaul)
    before = len(house.inbox.received)
    await house.control("rename", conversation="", name="Other")
    await house.control("install", action="remove", conversation="")
    await house.control("install", action="add", conversation="")
    await house.event(WorkspaceJoined, lambda event: event.name == "Other")
    assert all(isinstance(event, WorkspaceJoined) for event in house.events()[before:])


async def test_a_team_that_lets_us_hear_only_mentions_is_told(house: House) -> None:
    house.stpaul.reads_all = False
    lena = Person(house)
    await lena.say("who has got this", "Housing")
    await house.event(MessagePosted)
    await lena.say("home")
    _, card = await lena.card()
    assert "What I can hear" in lines_of(card)
    house.stpaul.reads_all = True
    await house.control("say", text="Without a mention")
    await house.event(MessagePosted, lambda event: not event.to_bot)
    await lena.say("home")
    _, card = await lena.card(2)
    assert "What I can hear" not in lines_of(card)


async def test_notices_with_buttons_change_in_place(house: House) -> None:
    answer = Answer("Boston asks", paragraph("Is it?"), (Choice("Confirm", "claim.confirm:1"),))
    message = await house.platform.announce(house.housing, answer)
    card = house.sent(message)["attachments"][0]["content"]
    assert buttons_of(checked(card))["Confirm"]["msteams"] == {"type": "task/fetch"}
    await house.platform.rewrite(house.housing, message, Answer("Confirmed", paragraph("Yes.")))
    assert "Confirmed" in house.shown(message).text
    pinned = await house.platform.pin(house.housing, "This channel is <shared>.")
    assert "This channel is &lt;shared&gt;." in house.shown(pinned).text

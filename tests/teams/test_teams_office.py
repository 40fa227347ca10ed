"""The office in Teams, over HTTP: its page, its dialogs, its buttons, and what is suggested."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from core.events import MessagePosted
from core.ids import ExternalTenant
from tests.teams.teams_cards import buttons_of, checked, filled_in, inputs_of, lines_of
from tests.teams.teams_house import House, teams_house
from tests.teams.teams_office_rig import FakeOffice, Person, invoke


@pytest.fixture
def office() -> FakeOffice:
    return FakeOffice()


@pytest.fixture
async def house(office: FakeOffice) -> AsyncIterator[House]:
    async with teams_house(office=office) as made:
        made.stpaul.member("lena").role = "owner"
        yield made


@pytest.mark.parametrize("words", ["home", "Settings", "my city?"])
async def test_words_show_the_page(house: House, office: FakeOffice, words: str) -> None:
    await Person(house).say(words)
    _, card = await Person(house).card()
    assert lines_of(card) == ["My city", "Start here", "Hello."]
    (guest,) = office.guests
    assert guest.is_admin
    assert (guest.name, guest.asker.workspace) == ("Lena Thao", house.workspace.external_id)
    assert house.desk.asked == []
    assert house.inbox.received == []


async def test_a_mention_in_a_channel_is_answered_to_one_person_alone(house: House) -> None:
    await Person(house).say("settings", "Housing")
    await Person(house).card()
    place = house.stpaul.conversation("Housing")
    assert [one for one in place.messages.values() if one.author == house.teams.world.bot.id] == []


async def test_other_words_are_not_the_office_s(house: House) -> None:
    await Person(house).say("who has got this")
    assert (await house.event(MessagePosted)).to_bot


async def test_a_member_is_no_admin(house: House, office: FakeOffice) -> None:
    await house.control("add", kind="member", member="noor", name="Noor Aziz")
    await Person(house, "noor").say("home")
    await Person(house, "noor").card()
    assert not office.guests[0].is_admin


async def test_a_form_step_by_step(house: House, office: FakeOffice) -> None:
    lena = Person(house)
    await lena.say("home")
    first = await lena.press("Claim your city")
    assert first["title"] == "Claim your city"
    again = await lena.send(first, filled_in(first["card"], note="We are many"))
    assert "Choose a city from the list." in lines_of(again["card"])
    assert inputs_of(again["card"])["note"]["value"] == "We are many"
    second = await lena.send(again, filled_in(again["card"], city="2507000"))
    assert (second["title"], lines_of(second["card"])) == ("Is this right?", ["Boston, MA"])
    last = await lena.send(second, filled_in(second["card"]))
    assert "The operator has been told." in lines_of(last["card"])
    values = {"city": ("2507000",), "note": ("We are many",)}
    assert office.sent[1] == ("claim.city", "first", values)
    assert {guest.is_admin for guest in office.guests} == {True}


async def test_a_city_is_found_while_somebody_types(house: House) -> None:
    lena = Person(house)
    await lena.say("home")
    shown = await lena.press("Claim your city")
    data_set = inputs_of(shown["card"])["city"]["choices.data"]["dataset"]
    found = await house.control("typeahead", dialog=shown["dialog"], dataset=data_set, query="Bos")
    assert found["error"] == ""
    assert found["results"] == [
        {"title": "Boston, MA · city · 675,647 people", "value": "2507000"},
        {"title": "Boston, IN · town · 130 people", "value": "1807786"},
    ]
    for odd in ({}, {"queryText": 5}, {"queryText": "x", "dataset": "||"}, {"dataset": "people"}):
        assert "value" in await invoke(house, "application/search", odd)


async def test_where_no_list_appears_what_was_typed_is_looked_up(house: House) -> None:
    lena = Person(house)
    await lena.say("home")
    shown = await lena.press("Claim your city")
    nothing = await lena.send(shown, filled_in(shown["card"], **{"city?typed": "Qxz"}))
    assert any("Nothing was found for “Qxz”" in line for line in lines_of(nothing["card"]))
    found = await lena.send(nothing, filled_in(nothing["card"], **{"city?typed": "Boston, M"}))
    assert "Choose a city from the list." not in lines_of(found["card"])
    (choice,) = inputs_of(found["card"])["city"]["choices"]
    done = await lena.send(found, filled_in(found["card"], city=choice["value"]))
    assert done["title"] == "Is this right?"


async def test_people_and_channels_of_the_team_are_offered(
    house: House, office: FakeOffice
) -> None:
    data = {"verb": "roles.edit", "workspace": house.workspace.external_id}
    body = await invoke(house, "task/fetch", {"data": data})
    card = checked(body["task"]["value"]["card"]["content"])
    asked = inputs_of(card)
    names = [choice["title"] for choice in asked["mayor"]["choices"]]
    assert names == sorted(names)
    lena = house.stpaul.member("lena").id
    assert lena in [choice["value"] for choice in asked["admins"]["choices"]]
    assert {"General", "Housing"} <= {choice["title"] for choice in asked["place"]["choices"]}
    place = house.housing.conversation
    await invoke(
        house,
        "task/submit",
        {"data": filled_in(card, mayor=lena, admins=f"{lena},29:x", place=place)},
    )
    assert office.sent[0][2] == {"mayor": (lena,), "admins": (lena, "29:x"), "place": (place,)}


async def test_a_button_in_a_dialog_goes_on_in_it(house: House) -> None:
    lena = Person(house)
    await lena.say("home")
    shown = await lena.press("Pause")
    assert "This was links.pause:7." in lines_of(shown["card"])
    undone = await lena.send(shown, buttons_of(shown["card"])["Undo"])
    assert "This was links.undo." in lines_of(undone["card"])
    page = await invoke(house, "task/submit", {"data": {"verb": "home"}})
    content = checked(page["task"]["value"]["card"]["content"])
    assert "msteams" not in buttons_of(content)["Claim your city"]


async def test_a_button_that_comes_as_a_message_is_answered(house: House) -> None:
    lena = house.stpaul.member("lena")
    chat = house.teams.people.open_chat(house.stpaul, lena)
    await Person(house).card()
    for number, (verb, says) in enumerate(
        [("links.pause:1", "This was links.pause:1."), ("claim.city", "Claim your city")], start=2
    ):
        activity = {
            "type": "message",
            "id": f"f:{number}",
            "channelId": "msteams",
            "serviceUrl": house.workspace.api_url,
            "from": {"id": lena.id, "name": lena.name},
            "recipient": {"id": house.teams.world.bot.id},
            "conversation": {"id": chat.id, "conversationType": "personal"},
            "channelData": {"tenant": {"id": house.workspace.tenant}},
            "value": {"verb": verb},
        }
        async with house.session.post(house.url, json=activity) as response:
            assert response.status == 200
        _, card = await Person(house).card(number)
        assert says in lines_of(card)


async def test_the_card_that_refreshes_itself(house: House) -> None:
    value = {"action": {"type": "Action.Execute", "verb": "home", "data": {}}, "trigger": "manual"}
    body = await invoke(house, "adaptiveCard/action", value)
    assert lines_of(checked(body["value"]))[0] == "My city"
    value["action"] = {"type": "Action.Execute", "verb": "claim.city"}
    body = await invoke(house, "adaptiveCard/action", value)
    assert buttons_of(checked(body["value"]))["Claim your city"]["verb"] == "claim.city"


async def test_an_office_that_is_broken_says_so(house: House, office: FakeOffice) -> None:
    office.broken = True
    body = await invoke(house, "task/fetch", {"data": {"verb": "setup"}})
    assert body["task"]["value"]["title"] == "That didn't work"
    found = await invoke(house, "application/search", {"dataset": "claim.city|city|"})
    assert found["value"]["results"] == []


async def test_without_an_answer_of_teams_nobody_is_taken_for_somebody(
    house: House, office: FakeOffice
) -> None:
    house.tenants.known[ExternalTenant(house.stpaul.tenant_id)] = replace(
        house.workspace, api_url="http://127.0.0.1:9/"
    )
    activity_url = house.teams.service_url(house.stpaul)
    value = {"data": {"verb": "setup"}}
    body = await _invoke_from(house, activity_url, value)
    assert body["task"]["value"]["title"] == "Teams didn't answer"
    assert office.guests == []


async def _invoke_from(house: House, service_url: str, value: Any) -> Any:
    lena = house.stpaul.member("lena")
    activity = {
        "type": "invoke",
        "name": "task/fetch",
        "channelId": "msteams",
        "serviceUrl": service_url,
        "from": {"id": lena.id},
        "recipient": {"id": house.teams.world.bot.id},
        "conversation": {"id": "a:1", "conversationType": "personal"},
        "channelData": {"tenant": {"id": house.stpaul.tenant_id}},
        "value": value,
    }
    async with house.session.post(house.url, json=activity) as response:
        assert response.status == 200
        return await response.json()

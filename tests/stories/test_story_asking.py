"""People ask the exchange: who has got my post, how does it stand, how does this work."""

import re
from typing import Any

import pytest

from tests.support.cities import SlackCity, TeamsCity
from tests.support.exchange_rig import ExchangeRig


@pytest.fixture
def story_url(sqlite_url: str) -> str:
    """One database is enough: nothing here depends on it."""
    return sqlite_url


def _words(shown: object) -> str:
    return str(shown)


async def _slack_who(rig: ExchangeRig, city: SlackCity, message: str, member: str) -> str:
    """What somebody sees who chooses “Who has got this?” from a message's menu."""
    before = len(city.ephemerals())
    answer = await rig.slack.interactions.shortcut(
        city.seed.key, member, "who_has_got_this", city.conversation().id, message
    )
    assert answer["ok"] is True, answer
    await rig.eventually(lambda: len(city.ephemerals()) > before, why="an answer to the asker")
    shown = city.ephemerals()[-1]
    assert shown["to"] == member
    return _words(shown)


async def _teams_who(rig: ExchangeRig, city: TeamsCity, message: str) -> Any:
    return await rig.teams.asking.command(city.place(), "who_has_got_this", "message", message)


async def test_who_has_got_this_on_an_own_post_and_on_a_copy(rig: ExchangeRig) -> None:
    said = rig.boston.say("Does everybody read me?")
    await rig.quiet()

    assert "All 3 cities have it." in await _slack_who(rig, rig.boston, said, "U0ANARUIZ01")
    copy = rig.yellow_springs.seen()[0].id
    words = await _slack_who(rig, rig.yellow_springs, copy, "U0JUNEPARK1")
    assert "All 3 cities have it." in words
    outcome = await _teams_who(rig, rig.marfa, rig.marfa.seen()[0].id)
    assert outcome.error == ""
    assert outcome.dialog is not None
    assert "All 3 cities have it." in str(outcome.dialog.card)
    assert len(rig.boston.seen()) == 1, "nothing of it stands in the channel"


async def test_who_has_got_this_names_the_late_and_says_why(rig: ExchangeRig) -> None:
    rig.marfa.faults(offline=True)
    rig.yellow_springs.conversation().archived = True
    said = rig.boston.say("Some will be late")
    await rig.quiet()
    words = await _slack_who(rig, rig.boston, said, "U0ANARUIZ01")

    assert "1 of 3 cities has it." in words
    assert "Marfa, TX will get it as soon as their platform takes it" in words
    assert "Yellow Springs, OH will get it once that is mended: their channel is archived" in words


async def test_who_has_got_a_message_that_stayed_inside(rig: ExchangeRig) -> None:
    inside = rig.boston.say("// for us only")
    in_teams = rig.st_paul.say("// for us only")
    await rig.quiet()

    assert "stayed inside your city" in await _slack_who(rig, rig.boston, inside, "U0ANARUIZ01")
    outcome = await _teams_who(rig, rig.st_paul, in_teams)
    assert "stayed inside your city" in str(outcome.dialog.card)


async def _command(rig: ExchangeRig, text: str) -> str:
    answer = await rig.slack.interactions.command(
        "T0BOSTON001", "U0ANARUIZ01", rig.boston.conversation().id, text
    )
    assert answer["ok"] is True, answer
    return _words(rig.boston.ephemerals()[-1])


async def test_the_command_answers_the_asker_alone(rig: ExchangeRig) -> None:
    assert "Write in a linked channel" in await _command(rig, "/exchange")
    assert "Start a message with //" in await _command(rig, "/exchange help")
    assert "You haven't written anything" in await _command(rig, "/exchange who has got my post")
    rig.boston.say("Now I have")
    await rig.quiet()
    assert "All 3 cities have it." in await _command(rig, "/exchange who has got my post?")
    assert "Housing" in await _command(rig, "/exchange status")
    assert "I don't know that one yet" in await _command(rig, "/exchange dance")
    assert [m.text for m in rig.boston.seen()] == ["Now I have"]


async def test_a_button_of_an_answer_works(rig: ExchangeRig) -> None:
    await _command(rig, "/exchange")
    menu = rig.boston.ephemerals()[-1]
    button = next(
        element
        for block in menu["blocks"]
        for element in block.get("elements", ())
        if element.get("type") == "button" and element["text"]["text"] == "Help"
    )
    pressed = await rig.slack.interactions.press(
        "T0BOSTON001",
        "U0ANARUIZ01",
        action_id=button["action_id"],
        channel=rig.boston.conversation().id,
        ts=menu["ts"],
    )
    assert pressed["ok"] is True
    await rig.eventually(
        lambda: "Start a message with //" in _words(rig.boston.ephemerals()), why="help"
    )


async def test_a_mention_and_a_direct_message_are_answered_privately(rig: ExchangeRig) -> None:
    rig.slack.people.mention(
        "T0BOSTON001", "U0ANARUIZ01", rig.boston.conversation().id, "help", app="A0EXCHANGE1"
    )
    await rig.quiet()
    assert "Start a message with //" in _words(rig.boston.ephemerals()[-1])
    assert [city.seen() for city in rig.others(rig.boston)] == [[], [], []]

    home = rig.slack.interactions.open_home("T0BOSTON001", "U0OMARHALE1", app="A0EXCHANGE1")
    rig.slack.people.say("T0BOSTON001", "U0OMARHALE1", home["channel"], "help")
    await rig.quiet()
    assert "Start a message with //" in rig.boston.told("Omar Hale")[-1].text
    assert [city.seen() for city in rig.others(rig.boston)] == [[], [], []]


async def test_a_mention_with_something_to_say_goes_to_the_cities(rig: ExchangeRig) -> None:
    rig.slack.people.mention(
        "T0BOSTON001",
        "U0ANARUIZ01",
        rig.boston.conversation().id,
        "who has tried this?",
        app="A0EXCHANGE1",
    )
    await rig.quiet()
    rig.marfa.say("who has tried that?", mention=True)
    await rig.quiet()

    assert [m.text for m in rig.yellow_springs.seen()] == [
        "who has tried this?",
        "who has tried that?",
    ]


def _card_words(city: TeamsCity, name: str) -> str:
    return " ".join(
        re.sub(r"<[^>]+>", " ", message.text) + str(message.raw["cards"])
        for message in city.told(name)
    )


async def test_teams_answers_a_mention_and_a_personal_chat(rig: ExchangeRig) -> None:
    rig.marfa.say("help", mention=True)
    await rig.quiet()
    assert "Start a message with //" in _card_words(rig.marfa, "Dolores Vega")

    rig.teams.people.open_chat(rig.st_paul.workspace, rig.st_paul.workspace.member("marcus"))
    place = rig.teams.people.place("stpaul", "marcus", "bot")
    rig.teams.people.say(place, "status")
    await rig.quiet()
    assert "Housing" in _card_words(rig.st_paul, "Marcus Lind")
    assert [city.seen() for city in (rig.boston, rig.yellow_springs, rig.st_paul)] == [[], [], []]


async def test_a_button_of_an_answer_in_teams_works(rig: ExchangeRig) -> None:
    place = rig.teams.people.place("stpaul", "lena", "bot")
    rig.teams.people.say(place, "menu")
    await rig.quiet()
    asked = next(m for m in rig.st_paul.told("Lena Thao") if m.raw["cards"])
    actions = _actions(asked.raw["cards"][0]["content"])
    help_button = next(action for action in actions if action.get("title") == "Help")
    outcome = await rig.teams.asking.press(place, asked.id, help_button, {})
    assert outcome.error == ""
    assert outcome.status == 200
    await rig.quiet()
    shown = str(outcome.card) + _card_words(rig.st_paul, "Lena Thao")
    assert "Start a message with //" in shown


def _actions(card: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if isinstance(card, dict):
        if str(card.get("type", "")).startswith("Action."):
            found.append(card)
        for value in card.values():
            found += _actions(value)
    elif isinstance(card, list):
        for value in card:
            found += _actions(value)
    return found

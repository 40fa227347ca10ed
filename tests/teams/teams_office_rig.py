"""An office of Teams for tests, and a person who uses it through the stand-in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from core.ports import Answer, Choice
from core.screens import Field, FieldKind, Form, Guest, Home, Option, Screen, Section, Values
from core.text import paragraph
from integrations.sandbox.teams.cards import actions
from tests.teams.teams_cards import checked
from tests.teams.teams_house import House

CITIES = (
    Option("2507000", "Boston, MA", "city · 675,647 people"),
    Option("1807786", "Boston, IN", "town · 130 people"),
)


@dataclass
class FakeOffice:
    """An office with a form of every kind of field, which knows who came and what they wrote."""

    guests: list[Guest] = field(default_factory=list)
    sent: list[tuple[str, str, Values]] = field(default_factory=list)
    broken: bool = False

    async def home(self, guest: Guest) -> Home:
        """A page with two buttons."""
        self._met(guest)
        choices = (Choice("Claim your city", "claim.city"), Choice("Pause", "links.pause:7"))
        return Home("My city", (Section("Start here", paragraph("Hello."), choices),))

    async def open(self, guest: Guest, verb: str) -> Screen:
        """The form, or an answer with a button."""
        self._met(guest)
        if verb in {"claim.city", "setup"}:
            return claim_form()
        if verb == "roles.edit":
            return Form("roles.edit", "Who is who?", "Save", PEOPLE_FIELDS)
        return Answer("Done", paragraph(f"This was {verb}."), (Choice("Undo", "links.undo"),))

    async def submit(self, guest: Guest, verb: str, state: str, values: Values) -> Screen:
        """The form again when no city was chosen, a second step, or an answer."""
        self._met(guest)
        self.sent.append((verb, state, values))
        if verb == "claim.city" and "city" not in values:
            return claim_form("Choose a city from the list.", values.get("note", ("",))[0])
        if verb == "claim.city":
            return Form("claim.send", "Is this right?", "Send", (), paragraph("Boston, MA"))
        return Answer("Thank you", paragraph("The operator has been told."))

    async def suggest(self, guest: Guest, verb: str, name: str, typed: str) -> tuple[Option, ...]:
        """The cities that begin like that."""
        self._met(guest)
        assert (verb, name) == ("claim.city", "city")
        return tuple(city for city in CITIES if city.label.startswith(typed))

    def _met(self, guest: Guest) -> None:
        self.guests.append(guest)
        if self.broken:
            raise RuntimeError("out of order")


PEOPLE_FIELDS = (
    Field("mayor", "Mayor", FieldKind.PERSON, optional=True),
    Field("admins", "Admins", FieldKind.PEOPLE, optional=True),
    Field("place", "Channel", FieldKind.CONVERSATION),
)


def claim_form(problem: str = "", note: str = "") -> Form:
    """Which city are you?"""
    values = (note,) if note else ()
    return Form(
        "claim.city",
        "Claim your city",
        "Next",
        (
            Field("city", "Your city", FieldKind.SEARCH, problem=problem),
            Field("note", "Anything to add?", FieldKind.TEXT, optional=True, values=values),
        ),
        state="first",
    )


class Person:
    """One person in St. Paul's Teams, with their chat with the bot."""

    def __init__(self, house: House, member: str = "lena") -> None:
        self.house = house
        self.member = member

    async def say(self, text: str, conversation: str = "bot") -> None:
        """Write to the bot, or mention it."""
        act = "say" if conversation == "bot" else "mention"
        await self.house.control(act, text=text, member=self.member, conversation=conversation)

    async def card(self, number: int = 1) -> tuple[str, dict[str, Any]]:
        """The newest card in the chat with the bot, once there are so many, and its message."""
        chat = self.house.teams.people.place("stpaul", self.member, "bot").conversation
        async with asyncio.timeout(5):
            while True:
                found = [
                    (message.id, attachment["content"])
                    for message in chat.messages.values()
                    for attachment in (message.activity or {}).get("attachments") or ()
                    if attachment["contentType"].endswith("adaptive")
                ]
                if len(found) >= number:
                    return found[-1][0], checked(found[-1][1])
                await asyncio.sleep(0.01)

    async def press(self, label: str) -> dict[str, Any]:
        """Press a button of the newest card; gives the card in the dialog that it opens."""
        message, card = await self.card()
        action = next(one for one in actions(card) if one["title"] == label)
        outcome = await self.house.control(
            "press", member=self.member, conversation="bot", message=message, action=action
        )
        return _dialog(outcome)

    async def send(self, shown: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Send a dialog's form; gives the card that follows."""
        outcome = await self.house.control("submit", dialog=shown["dialog"], data=data)
        return _dialog(outcome)


def _dialog(outcome: dict[str, Any]) -> dict[str, Any]:
    assert outcome["error"] == "", outcome
    shown = outcome["dialog"]
    return {"dialog": shown["id"], "title": shown["title"], "card": checked(shown["card"])}


async def invoke(house: House, name: str, value: Any) -> Any:
    """Ask as Teams does while somebody types."""
    lena = house.stpaul.member("lena")
    activity = {
        "type": "invoke",
        "name": name,
        "channelId": "msteams",
        "serviceUrl": house.workspace.api_url,
        "from": {"id": lena.id, "name": lena.name},
        "recipient": {"id": house.teams.world.bot.id},
        "conversation": {"id": "a:1", "conversationType": "personal"},
        "channelData": {"tenant": {"id": house.workspace.tenant}},
        "value": value,
    }
    async with house.session.post(house.url, json=activity) as response:
        assert response.status == 200
        return await response.json()

"""A city joins from its own Slack: claims, is confirmed, sets itself up, writes, and leaves."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.claims import OperatorPlace
from core.ids import ExternalConversation
from core.places import WorkspaceState
from tests.support.cities import only
from tests.support.city_seeds import BOSTON, MARFA, YELLOW_SPRINGS
from tests.support.exchange_rig import ExchangeRig, exchange_rig

CLAIMANT, STAFF, OPERATOR = "U0PRIYANAIR", "U0ANARUIZ01", "U0SAMBELL01"


@pytest.fixture
async def rig(story_url: str) -> AsyncIterator[ExchangeRig]:
    """Marfa takes part, Yellow Springs' Slack is the operator's, Boston has just installed."""
    async with exchange_rig(story_url, seeds=(BOSTON, YELLOW_SPRINGS, MARFA), link=False) as made:
        await made.link(made.marfa)
        async with made.running.database.unit() as unit:
            boston = made.workspaces[BOSTON.key].id
            operators = made.workspaces[YELLOW_SPRINGS.key].id
            await unit.workspaces.set_city(boston, None)
            await unit.workspaces.set_state(boston, WorkspaceState.PENDING)
            await unit.workspaces.set_city(operators, None)
            place = made.yellow_springs.conversation("housing").id
            await unit.operator.set_place(OperatorPlace(operators, ExternalConversation(place)))
        yield made


class Visitor:
    """One person in a Slack workspace, with what they see of the exchange."""

    def __init__(self, rig: ExchangeRig, workspace: str, member: str) -> None:
        self.rig = rig
        self.place = rig.slack.state.workspaces[workspace]
        self.member = member

    @property
    def home(self) -> str:
        """The home page, as text."""
        return json.dumps(self._home, ensure_ascii=False)

    @property
    def _home(self) -> dict[str, Any]:
        return self.place.views.get(self.place.homes.get((self.member, "A0EXCHANGE1"), ""), {})

    @property
    def dialog(self) -> dict[str, Any]:
        """The dialog on top."""
        stack = self.place.modals.get(self.member, [])
        return self.place.views[stack[-1]] if stack else {}

    @property
    def title(self) -> str:
        """The title of the dialog on top."""
        return str(self.dialog.get("title", {}).get("text", ""))

    async def look(self, for_text: str) -> None:
        """Open the home page until it says something."""
        self.rig.slack.interactions.open_home(self.place.id, self.member)
        await self.rig.eventually(lambda: for_text in self.home, why=for_text)

    async def press(self, verb: str, opens: str, *, home: bool = True) -> None:
        """Press a button of the home page, or of the dialog, and wait for what it opens."""
        view = self._home if home else self.dialog
        answer = await self.rig.slack.interactions.press(
            self.place.id, self.member, action_id=f"office:{verb}", view_id=view["id"]
        )
        assert answer == {"ok": True}
        await self.rig.eventually(lambda: self.title == opens, why=f"{opens}, not {self.title}")

    async def type(self, field: str, typed: str) -> list[dict[str, Any]]:
        """What is suggested."""
        found = await self.rig.slack.interactions.suggest(
            self.place.id,
            self.member,
            view_id=self.dialog["id"],
            action_id=field,
            block_id="",
            typed=typed,
        )
        options: list[dict[str, Any]] = found["options"]
        return options

    async def send(self, opens: str = "", **values: Any) -> dict[str, Any]:
        """Send the dialog; `opens` is the title of what follows."""
        answer = await self.rig.slack.interactions.submit(self.place.id, self.member, values)
        if opens:
            assert answer["ok"], answer
            await self.rig.eventually(lambda: self.title == opens, why=f"{opens}, not {self.title}")
        return answer


async def test_from_the_installation_to_the_first_message_across(rig: ExchangeRig) -> None:
    priya = Visitor(rig, BOSTON.key, CLAIMANT)
    await claim(priya)
    await confirm(rig)
    await set_up(priya)
    await rig.jobs.jobs["notice board"].do()
    await rig.quiet()
    own = [seen.text for seen in rig.boston.seen() if "This channel is shared." in seen.text]
    assert len(own) == 1
    rig.boston.say("We cut vacancies by 21 %.")
    await rig.quiet()
    only(rig.marfa.seen(), "vacancies")
    assert not [seen for seen in rig.marfa.seen() if "This channel is shared." in seen.text]


async def claim(priya: Visitor) -> None:
    """Say which city it is."""
    await priya.look("Claim your city")
    await priya.press("claim.city", "Claim your city")
    options = await priya.type("city", "bosto")
    assert options[0]["value"] == BOSTON.geoid
    assert options[0]["text"]["text"].startswith("Boston, MA · ")
    assert (await priya.send(city=None))["result"] == "errors"
    await priya.send("Is this right?", city=BOSTON.geoid)
    await priya.send("Sent to the operator", note="Digital services")
    await priya.rig.eventually(lambda: "asked to take part" in priya.home)


def said(message: Any) -> str:
    """The text of a message in the stand-in."""
    return str(message.as_json().get("text", ""))


async def confirm(rig: ExchangeRig) -> None:
    """One click in the operator's conversation."""
    await rig.jobs.jobs["notice board"].do()
    place = rig.slack.state.workspaces[YELLOW_SPRINGS.key]
    conversation = rig.yellow_springs.conversation("housing")
    notice = next(m for m in conversation.messages.values() if "asks to take part" in said(m))
    assert "Priya Nair" in said(notice)
    buttons = [e for b in notice.as_json()["blocks"] for e in b.get("elements", [])]
    verb = next(e["action_id"] for e in buttons if "claim.confirm" in e.get("action_id", ""))
    answer = await rig.slack.interactions.press(
        place.id, OPERATOR, action_id=verb, channel=conversation.id, ts=notice.ts
    )
    assert answer == {"ok": True}
    await rig.eventually(lambda: bool(conversation.ephemerals))
    await rig.jobs.jobs["notice board"].do()
    assert "Confirmed by Sam Bell" in said(notice)


async def set_up(priya: Visitor) -> None:
    """Housing goes to #housing; the rest is filled in already."""
    await priya.look("Set up")
    await priya.press("setup.topics", "Choose topics")
    (block,) = [b for b in priya.dialog["blocks"] if b["type"] == "input"]
    housing = next(
        option["value"]
        for option in block["element"]["options"]
        if option["text"]["text"].startswith("Housing")
    )
    await priya.send("Where does it go?", topics=[housing])
    here = priya.rig.boston.conversation("housing").id
    await priya.send("Last step", conversation=here)
    await priya.send("You are set", mayor=STAFF)
    await priya.rig.eventually(lambda: "Linked here" in priya.home)


async def test_one_who_is_no_admin_changes_nothing(rig: ExchangeRig) -> None:
    ana = Visitor(rig, BOSTON.key, STAFF)
    await ana.look("Priya Nair" if "Priya Nair" in ana.home else "admins")
    assert "claim.city" not in ana.home
    await rig.slack.interactions.command(
        BOSTON.key, STAFF, rig.boston.conversation("general").id, "/exchange setup"
    )
    general = rig.boston.conversation("general")
    await rig.eventually(lambda: bool(general.ephemerals))
    assert ana.dialog == {}
    async with rig.running.database.view() as view:
        assert await view.claims.waiting() == []


async def test_a_new_channel_is_made_where_none_fits_and_leaving_takes_two_clicks(
    rig: ExchangeRig,
) -> None:
    priya = Visitor(rig, BOSTON.key, CLAIMANT)
    await claim(priya)
    await confirm(rig)
    await priya.look("Set up")
    await priya.press("setup.topics", "Choose topics")
    (block,) = [b for b in priya.dialog["blocks"] if b["type"] == "input"]
    await priya.send("Where does it go?", topics=[block["element"]["options"][0]["value"]])
    answer = await priya.send(conversation=None, name="housing")
    assert answer["result"] == "errors"
    await priya.send("Last step", conversation=None, name="from other cities")
    made = {c.name: c for c in priya.place.conversations.values()}["from-other-cities"]
    assert CLAIMANT in made.members
    await priya.send("You are set")
    await priya.look("leave.start")
    await priya.press("leave.start", "Leave the exchange?")
    await priya.send()
    async with rig.running.database.view() as view:
        left = await view.workspaces.get(rig.workspaces[BOSTON.key].id)
    assert left is not None
    assert left.state is WorkspaceState.REMOVED

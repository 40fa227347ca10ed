"""A city joins from its own Teams: adds the app, claims, is confirmed, sets itself up, writes, and
takes the app out again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.channels import Trouble
from core.claims import ClaimState
from core.ids import PlatformName
from core.places import Workspace, WorkspaceState
from integrations.sandbox.teams.asking import Outcome
from integrations.sandbox.teams.cards import actions
from integrations.sandbox.teams.model import Workspace as Tenant
from integrations.sandbox.teams.people import Place
from integrations.teams.ids import workspace_id
from service.office.claiming import confirm_claim, refuse_claim
from tests.support.cities import only
from tests.support.city_seeds import BOSTON, ST_PAUL
from tests.support.exchange_rig import ExchangeRig, exchange_rig
from tests.teams.teams_cards import checked, filled_in, inputs_of, lines_of

MARFA = "4846620"
KEY = "marfa_hall"


class Visitor:
    """One person in a Teams tenant, with what the bot tells them alone."""

    def __init__(self, rig: ExchangeRig, tenant: Tenant, member: str) -> None:
        self.rig = rig
        self.tenant = tenant
        self.member = member
        self.dialog: dict[str, Any] = {}
        self._id = ""

    @property
    def chat(self) -> Place:
        """Their chat with the bot."""
        return self.rig.teams.people.place(self.tenant.key, self.member, "bot")

    @property
    def messages(self) -> list[Any]:
        """What the bot has written there."""
        bot = self.rig.teams.world.bot.id
        everything = self.chat.conversation.messages.values()
        return [message for message in everything if message.author == bot]

    def card(self) -> tuple[str, dict[str, Any]]:
        """The newest card they were shown, and its message."""
        for message in reversed(self.messages):
            for attachment in (message.activity or {}).get("attachments") or ():
                return message.id, checked(attachment["content"])
        return "", {"body": []}

    async def look(self, for_text: str) -> None:
        """Ask for their page, and see something on it."""
        known = len(self.messages)
        self.rig.teams.people.say(self.chat, "home")
        await self.rig.eventually(lambda: len(self.messages) > known, why="their page")
        assert any(for_text in line for line in lines_of(self.card()[1])), self.card()[1]

    async def press(self, label: str, opens: str) -> None:
        """Press a button of the newest card."""
        message, card = self.card()
        action = next(one for one in actions(card) if one.get("title") == label)
        self._opened(await self.rig.teams.asking.press(self.chat, message, action, {}), opens)

    async def send(self, opens: str, **given: str) -> None:
        """Send the dialog."""
        data = filled_in(self.dialog, **given)
        self._opened(await self.rig.teams.asking.submit(self.tenant, self._id, data), opens)

    def _opened(self, outcome: Outcome, opens: str) -> None:
        assert outcome.dialog is not None, outcome
        assert outcome.dialog.title == opens, outcome.dialog.card
        self._id, self.dialog = outcome.dialog.id, checked(outcome.dialog.card or {})

    def choice(self, field: str, begins: str) -> str:
        """The value of something to choose."""
        choices = inputs_of(self.dialog)[field]["choices"]
        return next(str(one["value"]) for one in choices if one["title"].startswith(begins))


@pytest.fixture
async def rig(story_url: str) -> AsyncIterator[ExchangeRig]:
    """Boston and St. Paul take part."""
    async with exchange_rig(story_url, seeds=(BOSTON, ST_PAUL)) as made:
        yield made


@pytest.fixture
async def dolores(rig: ExchangeRig) -> Visitor:
    """Her city's tenant, in which nobody has added the app."""
    world = rig.teams.world
    tenant = world.add_workspace(KEY, "Marfa City Hall")
    tenant.installed = False
    world.add_member(tenant, "dolores", "Dolores Vega", title="City clerk")
    world.add_member(tenant, "ray", "Ray Castillo", title="Mayor")
    world.add_channel(tenant, "Housing")
    return Visitor(rig, tenant, "dolores")


async def added(dolores: Visitor) -> None:
    """She adds the app to her team, and is welcomed."""
    rig, tenant = dolores.rig, dolores.tenant
    rig.teams.people.install(tenant, tenant.member(dolores.member), "add")
    await rig.eventually(lambda: bool(dolores.messages), why="a welcome")
    assert "Thank you for adding us" in lines_of(dolores.card()[1])


async def known(dolores: Visitor) -> Workspace | None:
    """Her team, as the exchange knows it."""
    external = workspace_id(dolores.tenant.tenant_id, dolores.tenant.team_id)
    async with dolores.rig.running.database.view() as view:
        return await view.workspaces.by_external(PlatformName("teams"), external)


async def claimed(dolores: Visitor) -> None:
    """From the welcome to the claim: a city that she types, as her client shows no list."""
    await dolores.press("Set up", "Claim your city")
    await dolores.send("Claim your city", **{"city?typed": "marfa"})
    await dolores.send("Is this right?", city=dolores.choice("city", "Marfa, TX"))
    await dolores.send("Sent to the operator", note="City clerk")


async def decided(dolores: Visitor, *, confirm: bool) -> None:
    """What the operator says."""
    async with dolores.rig.running.database.unit() as unit:
        (claim,) = await unit.claims.waiting()
        assert (claim.city, claim.name, claim.note) == (MARFA, "Dolores Vega", "City clerk")
        assert claim.state is ClaimState.WAITING
        if confirm:
            assert await confirm_claim(unit, claim, "operator") is not None
        else:
            assert await refuse_claim(unit, claim, "operator", "Not a city.") is not None


async def set_up(dolores: Visitor) -> None:
    """Housing goes to her channel Housing; Ray is mayor."""
    await dolores.look("Marfa, TX")
    await dolores.press("Set up", "Choose topics")
    await dolores.send("Where does it go?", topics=dolores.choice("topics", "Housing"))
    await dolores.send("Last step", conversation=dolores.choice("conversation", "Housing"))
    await dolores.send("You are set", mayor=dolores.choice("mayor", "Ray Castillo"))


async def test_from_adding_the_app_to_the_first_message_across(
    rig: ExchangeRig, dolores: Visitor
) -> None:
    await added(dolores)
    workspace = await known(dolores)
    assert workspace is not None
    assert (workspace.name, workspace.state) == ("Marfa City Hall", WorkspaceState.PENDING)
    assert workspace.api_url == rig.teams.service_url(dolores.tenant)
    await claimed(dolores)
    await decided(dolores, confirm=True)
    await set_up(dolores)
    await rig.jobs.jobs["notice board"].do()
    place = rig.teams.people.place(KEY, "dolores", "Housing")
    rig.teams.people.say(place, "We have 40 empty adobe houses.")
    await rig.quiet()
    only(rig.boston.seen(), "adobe")
    shown = list(place.conversation.messages.values())
    assert len([one for one in shown if "This channel is shared." in one.text]) == 1


async def test_taken_out_and_added_again(rig: ExchangeRig, dolores: Visitor) -> None:
    await added(dolores)
    await claimed(dolores)
    await decided(dolores, confirm=True)
    await set_up(dolores)
    rig.teams.people.install(dolores.tenant, None, "remove")
    await rig.quiet()
    assert await troubles(dolores) == [Trouble.BOT_REMOVED]
    told = len(dolores.messages)
    rig.teams.people.install(dolores.tenant, dolores.tenant.member("ray"), "add")
    await rig.quiet()
    assert await troubles(dolores) == [None]
    workspace = await known(dolores)
    assert workspace is not None
    assert workspace.state is WorkspaceState.CONFIRMED
    async with rig.running.database.view() as view:
        assert await view.installations.left_at(workspace.id) is None
        grants = await view.grants.of(workspace.id)
    assert dolores.tenant.member("ray").id not in {
        grant.member for grant in grants if grant.role == "workspace admin"
    }
    assert len(dolores.messages) == told


async def troubles(dolores: Visitor) -> list[Trouble | None]:
    """What is wrong with her team's links."""
    workspace = await known(dolores)
    assert workspace is not None
    async with dolores.rig.running.database.view() as view:
        return [link.trouble for link in await view.links.list(workspace=workspace.id)]


async def test_whoever_was_refused_stays_refused(rig: ExchangeRig, dolores: Visitor) -> None:
    await added(dolores)
    await claimed(dolores)
    await decided(dolores, confirm=False)
    for action in ("remove", "add"):
        rig.teams.people.install(dolores.tenant, dolores.tenant.member("ray"), action)
    await rig.quiet()
    workspace = await known(dolores)
    assert workspace is not None
    assert workspace.state is WorkspaceState.PENDING
    await dolores.look("Not a city.")
    assert Visitor(rig, dolores.tenant, "ray").messages == []


async def test_a_second_team_of_a_tenant_waits_by_itself(rig: ExchangeRig) -> None:
    """Another team of St. Paul's is a workspace of its own, and St. Paul goes on."""
    st_paul = rig.st_paul.workspace
    general = st_paul.conversation(st_paul.team_id)
    activity = rig.teams.people.writer.installation_update(
        st_paul, general, st_paul.member("marcus"), "add"
    )
    team = {"id": "19:parks@thread.tacv2", "name": "Parks"}
    activity["channelData"]["team"] = team
    rig.teams.people.courier.send(st_paul.key, activity)
    await rig.quiet()
    async with rig.running.database.view() as view:
        every = [one for one in await view.workspaces.list() if one.platform == "teams"]
    assert [(one.name, one.state) for one in every][1:] == [("Parks", WorkspaceState.PENDING)]
    lena = Visitor(rig, st_paul, "lena")
    rig.teams.people.say(lena.chat, "status")
    await rig.eventually(lambda: bool(lena.messages), why="an answer")
    assert any("Linked here" in line for line in lines_of(lena.card()[1]))

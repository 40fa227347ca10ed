"""Tucson, a city whose Slack has no exchange yet."""

from __future__ import annotations

from core.ids import CityId, ExternalConversation, ExternalWorkspace, PlatformName
from core.places import Workspace, WorkspaceState
from integrations.sandbox.slack.model import App
from tests.support.cities import SlackCity
from tests.support.city_seeds import CitySeed, Person
from tests.support.exchange_rig import ExchangeRig

SLACK = PlatformName("slack")
TUCSON = CitySeed(
    "0477000", "slack", "T0TUCSON001", "City of Tucson", (Person("U0RITAMORA1", "Rita Mora"),)
)
RITA = "U0RITAMORA1"


async def add_tucson(rig: ExchangeRig) -> None:
    """A workspace with one admin and a channel."""
    await rig.slack_control("add", kind="workspace", id=TUCSON.key, name=TUCSON.label)
    await rig.slack_control(
        "add", kind="member", workspace=TUCSON.key, id=RITA, real_name="Rita Mora", owner=True
    )
    await rig.slack_control("add", kind="channel", workspace=TUCSON.key, name="housing")


def tucson(rig: ExchangeRig) -> SlackCity:
    """Tucson's people at work."""
    return SlackCity(rig.slack, TUCSON, "housing")


def our_app(rig: ExchangeRig) -> App:
    """Our app as Slack knows it."""
    return rig.slack.app_named("A0EXCHANGE1")


async def known(rig: ExchangeRig, team: str = TUCSON.key) -> Workspace | None:
    """What the exchange knows of a workspace."""
    async with rig.running.database.view() as view:
        return await view.workspaces.by_external(SLACK, ExternalWorkspace(team))


async def confirm_and_link(rig: ExchangeRig) -> Workspace:
    """The operator confirms Tucson (it plays a city of the seed), and housing is linked."""
    workspace = await known(rig)
    assert workspace is not None
    channel = tucson(rig).conversation("housing")
    bot = rig.slack.installation(TUCSON.key, "A0EXCHANGE1").bot_user
    await rig.slack_control(
        "channel", workspace=TUCSON.key, member=RITA, channel=channel.id, do="join", target=bot
    )
    async with rig.running.database.unit() as unit:
        await unit.workspaces.set_city(workspace.id, CityId(TUCSON.geoid))
        await unit.workspaces.set_state(workspace.id, WorkspaceState.CONFIRMED)
        housing = await unit.channels.by_slug("housing")
        assert housing is not None
        await unit.links.add(
            housing.id,
            workspace.id,
            ExternalConversation(channel.id),
            conversation_name="housing",
        )
    await rig.quiet()
    return workspace


async def token_of(rig: ExchangeRig, team: str = TUCSON.key) -> str | None:
    """The token that the exchange has of a workspace."""
    workspace = await known(rig, team)
    assert workspace is not None
    async with rig.running.database.view() as view:
        found = (await view.installations.credentials([workspace.id])).get(workspace.id)
    return found.token if found else None

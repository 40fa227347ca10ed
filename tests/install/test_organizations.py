"""Enterprise Grid: one installation for an organization, and the workspaces it lets us into."""

from __future__ import annotations

import pytest

from core.channels import Trouble
from core.places import WorkspaceState
from tests.install.browser import Browser
from tests.install.tucson import SLACK, TUCSON, confirm_and_link, known, token_of, tucson
from tests.support.cities import only
from tests.support.exchange_rig import ExchangeRig

PIMA = "E0PIMACOUN1"
PARKS = "T0TUCPARKS1"


@pytest.fixture
async def county(rig: ExchangeRig) -> ExchangeRig:
    """Tucson's two workspaces are of one organization."""
    await rig.slack_control("add", kind="workspace", id=PARKS, name="Tucson Parks")
    await rig.slack_control(
        "add", kind="member", workspace=PARKS, id="U0PARKADMIN", real_name="Pat Dee", admin=True
    )
    await rig.slack_control(
        "add", kind="organization", id=PIMA, name="Pima County", workspaces=[TUCSON.key, PARKS]
    )
    return rig


async def let_in(rig: ExchangeRig, team: str, *, granted: bool = True) -> None:
    """An admin of the organization adds the app to a workspace, or takes it out."""
    await rig.slack_control("team_access", organization=PIMA, workspace=team, granted=granted)
    await rig.quiet()


async def test_an_organization_lets_its_workspaces_in(
    county: ExchangeRig, browser: Browser
) -> None:
    page = await browser.install(PIMA)
    assert page.status == 200
    assert page.says("Mayoral Exchange is in Pima County")
    assert page.says("in none of its workspaces yet")
    assert await known(county) is None

    await let_in(county, TUCSON.key)
    workspace = await known(county)
    assert workspace is not None
    assert workspace.state is WorkspaceState.PENDING
    await county.jobs.jobs["identities"].do()
    named = await known(county)
    assert named is not None
    assert named.name == "City of Tucson"

    await confirm_and_link(county)
    county.boston.say("Hello to a county")
    await county.quiet()
    only(tucson(county).seen(), "Hello to a county")
    tucson(county).say("Hello from a county")
    await county.quiet()
    only(county.boston.seen(), "Hello from a county")

    await let_in(county, PARKS)
    assert await token_of(county, PARKS) == await token_of(county)


async def test_a_workspace_is_taken_out_and_let_in_again(
    county: ExchangeRig, browser: Browser
) -> None:
    await browser.install(PIMA)
    await let_in(county, TUCSON.key)
    await let_in(county, PARKS)
    workspace = await confirm_and_link(county)
    await let_in(county, TUCSON.key, granted=False)
    assert await token_of(county) is None
    assert await token_of(county, PARKS) is not None, "the others go on"
    async with county.running.database.view() as view:
        [link] = await view.links.list(workspace=workspace.id)
    assert link.trouble is Trouble.TOKEN_GONE
    county.boston.say("While it was out")
    await county.quiet()

    await let_in(county, TUCSON.key)
    bot = county.slack.installation(TUCSON.key, "A0EXCHANGE1").bot_user
    channel = tucson(county).conversation("housing")
    await county.slack_control(
        "channel", workspace=TUCSON.key, member="U0RITAMORA1", channel=channel.id, do="join",
        target=bot,
    )  # fmt: skip
    await county.quiet()
    again = await known(county)
    assert again is not None
    assert (again.id, again.state) == (workspace.id, WorkspaceState.CONFIRMED)
    only(tucson(county).seen(), "While it was out")


async def test_the_whole_organization_leaves_and_comes_back(
    county: ExchangeRig, browser: Browser
) -> None:
    await browser.install(PIMA)
    await let_in(county, TUCSON.key)
    await let_in(county, PARKS)
    workspace = await confirm_and_link(county)
    await county.slack_control("uninstall", organization=PIMA, app="A0EXCHANGE1")
    await county.quiet()
    assert await token_of(county) is None
    assert await token_of(county, PARKS) is None

    page = await browser.install(PIMA)
    assert page.says("2 workspaces so far")
    async with county.running.database.view() as view:
        [link] = await view.links.list(workspace=workspace.id)
        organization = await view.installations.of(workspace.id)
        assert link.trouble is None
        assert organization is not None
        assert (organization.platform, organization.is_organization) == (SLACK, True)
    assert await token_of(county) == await token_of(county, PARKS)
    assert await token_of(county) is not None


async def test_an_unknown_organization_changes_nothing(county: ExchangeRig) -> None:
    before = await _count(county)
    for event in (
        {"type": "team_access_granted", "team_ids": ["T0ELSEWHERE"]},
        {"type": "app_uninstalled"},
    ):
        envelope = {
            "team_id": None,
            "enterprise_id": "E0NOBODY001",
            "api_app_id": "A0EXCHANGE1",
            "type": "event_callback",
            "event": event,
            "event_id": f"Ev{event['type']}",
            "event_time": int(county.clock().timestamp()),
        }
        workspace = county.slack.state.workspaces["T0BOSTON001"]
        county.slack.state.events.emit(workspace, {"type": "nothing"})
        delivery = county.slack.outgoing.deliveries[-1]
        delivery.envelope.update(envelope)
        await county.slack_control("redeliver", event_id=envelope["event_id"])
        await county.quiet()
    assert await _count(county) == before


async def _count(rig: ExchangeRig) -> int:
    async with rig.running.database.view() as view:
        return len(await view.workspaces.list())

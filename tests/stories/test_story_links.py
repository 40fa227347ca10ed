"""Links that stop working and work again, and workspaces that may not take part."""

from datetime import timedelta

from core.channels import LinkMode
from core.places import WorkspaceState
from integrations.sandbox.slack import channels
from integrations.sandbox.slack.model import Workspace
from integrations.sandbox.slack.setup import install
from tests.support.cities import SlackCity, only
from tests.support.exchange_rig import ExchangeRig

REGISTRY_FORGETS = timedelta(seconds=6)


async def _stays_waiting(rig: ExchangeRig, city: SlackCity, channel: str = "") -> None:
    """Two posts are written while a city can't get them; everybody else has them at once."""
    root = rig.marfa.say("First while stopped")
    rig.marfa.say("Second while stopped", thread=root)
    await rig.quiet()
    only(rig.st_paul.seen(), "First while stopped")
    assert not [m for m in city.seen(channel) if "while stopped" in m.text]


def _arrived_in_order(city: SlackCity, channel: str = "") -> None:
    seen = [m for m in city.seen(channel) if "while stopped" in m.text]
    assert [m.text for m in seen] == ["First while stopped", "Second while stopped"]
    assert seen[1].thread == seen[0].id


async def test_the_bot_is_removed_and_invited_again(rig: ExchangeRig) -> None:
    city = rig.yellow_springs
    place, state = rig.slack.state.workspaces[city.seed.key], rig.slack.state
    channels.leave(state, place, city.conversation(), city.bot, actor="U0SAMBELL01")
    await rig.quiet()
    await _stays_waiting(rig, city)
    await rig.tell_admins()

    (told,) = city.told("Sam Bell")
    assert "#housing stopped receiving" in told.text
    assert "/invite @Mayoral Exchange" in told.text
    assert "(ref L" in told.text
    assert city.told("June Park") == [], "only admins are told"
    assert len(city.seen()) == len([m for m in city.seen() if not m.by_bot]), "not in the channel"

    channels.join(state, place, city.conversation(), city.bot, inviter="U0SAMBELL01")
    await rig.quiet()
    _arrived_in_order(city)
    await rig.tell_admins()
    assert len(city.told("Sam Bell")) == 1, "told once"


async def test_a_removal_that_nobody_told_us_of_is_found_out_by_sending(rig: ExchangeRig) -> None:
    city = rig.yellow_springs
    city.conversation().kind = "private"  # in a public channel the bot may write all the same
    del city.conversation().members[city.bot]
    await _stays_waiting(rig, city)
    await rig.tell_admins()

    assert "stopped receiving" in city.told("Sam Bell")[0].text
    channels.join(rig.slack.state, _place(rig, city), city.conversation(), city.bot)
    await rig.quiet()
    _arrived_in_order(city)


def _place(rig: ExchangeRig, city: SlackCity) -> Workspace:
    return rig.slack.state.workspaces[city.seed.key]


async def test_an_archived_channel_waits_and_goes_on(rig: ExchangeRig) -> None:
    city = rig.yellow_springs
    place, state = _place(rig, city), rig.slack.state
    channels.set_archived(state, place, city.conversation(), "U0SAMBELL01", True)
    await rig.quiet()
    await _stays_waiting(rig, city)
    await rig.tell_admins()
    assert "archived" in city.told("Sam Bell")[0].text

    channels.set_archived(state, place, city.conversation(), "U0SAMBELL01", False)
    await rig.quiet()
    _arrived_in_order(city)


async def test_a_revoked_token_is_mended_by_a_new_one(rig: ExchangeRig) -> None:
    city = rig.yellow_springs
    place = _place(rig, city)
    channels.revoke(rig.slack.state, place, rig.slack.installation(city.seed.key))
    await rig.quiet()
    await _stays_waiting(rig, city)
    answer = await rig.slack.interactions.command(
        "T0BOSTON001", "U0ANARUIZ01", rig.boston.conversation().id, "/exchange status"
    )
    assert answer["ok"] is True
    status = await rig.status()
    assert [troubled.trouble.value for troubled in status.troubled] == ["token gone"]

    app = rig.slack.app_named("A0EXCHANGE1")
    install(rig.slack.state, place, app, "xoxb-a-new-token")
    rig.clock.advance(REGISTRY_FORGETS)
    await rig.give_token(city, "xoxb-a-new-token")
    await rig.quiet()
    _arrived_in_order(city)


async def test_a_team_that_removes_the_app_waits_until_it_is_back(rig: ExchangeRig) -> None:
    city = rig.st_paul
    people = rig.teams.people
    people.install(city.workspace, city.workspace.member("lena"), "remove")
    await rig.quiet()
    rig.boston.say("First while stopped")
    rig.boston.say("Second while stopped")
    await rig.quiet()
    assert city.seen() == []
    assert len(rig.marfa.seen()) == 2

    people.install(city.workspace, city.workspace.member("lena"), "add")
    await rig.quiet()
    assert ["while stopped" in m.text for m in city.seen()] == [True, True]
    assert "First" in city.seen()[0].text


async def test_an_archived_team_tells_its_owner(rig: ExchangeRig) -> None:
    city = rig.st_paul
    rig.teams.people.change_team(city.workspace, city.workspace.member("lena"), "teamArchived")
    await rig.quiet()
    rig.boston.say("Waits for the team")
    await rig.quiet()
    await rig.tell_admins()
    assert any("stopped receiving" in message.text for message in city.told("Lena Thao"))
    assert city.told("Marcus Lind") == []

    rig.teams.people.change_team(city.workspace, city.workspace.member("lena"), "teamUnarchived")
    await rig.quiet()
    only(city.seen(), "Waits for the team")


async def test_a_deleted_channel_in_teams_stops_its_link_only(rig: ExchangeRig) -> None:
    await rig.link(rig.marfa, "transport")
    await rig.link(rig.boston, "transport")
    channel = rig.marfa.workspace.conversation("Housing")
    rig.teams.people.remove_channel(rig.marfa.workspace, channel, None)
    await rig.quiet()
    rig.boston.say("To a channel that is gone")
    rig.boston.say("To one that is not", channel="transport")
    await rig.quiet()
    await rig.tell_admins()

    only(rig.marfa.seen("Transport"), "To one that is not")
    assert "operator" in rig.marfa.told("Dolores Vega")[0].text


async def test_pending_and_paused_workspaces_post_nothing(rig: ExchangeRig) -> None:
    await _set_state(rig, rig.yellow_springs, WorkspaceState.PAUSED)
    rig.yellow_springs.say("Said while paused")
    rig.boston.say("Written meanwhile")
    await rig.quiet()
    assert rig.boston.seen()[0].text == "Written meanwhile"
    assert len(rig.boston.seen()) == 1
    assert len(rig.yellow_springs.seen()) == 1

    await _set_state(rig, rig.yellow_springs, WorkspaceState.PENDING)
    rig.yellow_springs.say("Said while pending")
    await rig.quiet()
    assert len(rig.marfa.seen()) == 1

    await _set_state(rig, rig.yellow_springs, WorkspaceState.CONFIRMED)
    rig.yellow_springs.say("Said when confirmed")
    await rig.quiet()
    only(rig.marfa.seen(), "Said when confirmed")
    only(rig.yellow_springs.seen(), "Written meanwhile")


async def _set_state(rig: ExchangeRig, city: SlackCity, state: WorkspaceState) -> None:
    async with rig.running.database.unit() as unit:
        await unit.workspaces.set_state(rig.workspaces[city.seed.key].id, state)
    rig.clock.advance(REGISTRY_FORGETS)


async def test_a_paused_link_neither_speaks_nor_hears(unlinked: ExchangeRig) -> None:
    rig = unlinked
    await rig.link(rig.boston)
    await rig.link(rig.marfa)
    await rig.link(rig.st_paul, mode=LinkMode.PAUSED)
    rig.boston.say("For live links")
    rig.st_paul.say("From a paused one")
    await rig.quiet()

    assert len(rig.marfa.seen()) == 1
    assert [m.text for m in rig.st_paul.seen()] == ["From a paused one"]


async def test_channels_and_people_may_change_their_names(rig: ExchangeRig) -> None:
    rig.boston.say("Before", by="Omar Hale")
    await rig.quiet()
    place, state = _place(rig, rig.boston), rig.slack.state
    conversation = rig.boston.conversation()
    channels.rename(state, place, conversation, "U0PRIYANAIR", "homes")
    rig.boston.channel = conversation.id
    place.members["U0OMARHALE1"].real_name = "Omar Hale-Diaz"
    await rig.slack_control("member", workspace=place.id, member="U0OMARHALE1", real_name="Omar H.")
    await rig.quiet()
    rig.boston.stand_in.people.say(place.id, "U0OMARHALE1", conversation.id, "After")
    await rig.quiet()

    assert only(rig.yellow_springs.seen(), "After").author == "Omar H. · Boston, MA"
    conversation.kind = "private"
    del conversation.members[rig.boston.bot]
    rig.marfa.say("Who hears this?")
    await rig.quiet()
    await rig.tell_admins()
    assert "#homes stopped" in rig.boston.told("Priya Nair")[0].text


async def test_a_renamed_channel_in_teams_is_called_by_its_new_name(rig: ExchangeRig) -> None:
    workspace = rig.marfa.workspace
    channel = workspace.conversation("Housing")
    rig.teams.people.rename_channel(workspace, channel, workspace.member("dolores"), "Homes")
    await rig.quiet()
    rig.boston.say("Still arrives")
    await rig.quiet()
    only(rig.marfa.seen("Homes"), "Still arrives")
    rig.teams.people.remove_channel(workspace, channel, workspace.member("dolores"))
    await rig.quiet()
    await rig.tell_admins()
    assert "#Homes stopped" in rig.marfa.told("Dolores Vega")[0].text

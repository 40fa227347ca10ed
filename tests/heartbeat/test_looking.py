"""Who looks at what, and how platforms answer a look."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.channels import Trouble
from core.check_ups import Finding, SupportsCheckUp
from core.failures import CallFailed
from core.ids import NodeId
from integrations.teams.graph import GraphTeamsPlatform
from service.watching.heartbeat import EVERY
from storage.database import Database
from tests.stories.conftest import story_url
from tests.support.exchange_rig import SECRET_KEYS, ExchangeRig
from tests.teams.teams_house import House, teams_house

LEASE = timedelta(minutes=3)

__all__ = ["story_url"]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with teams_house(graph=True, app_id="11111111-2222-3333-4444-555555555555") as made:
        yield made


async def test_two_nodes_share_the_looking(rig: ExchangeRig, story_url: str) -> None:
    first = rig.running.database
    second = await Database.open(
        story_url, node=NodeId("second"), clock=rig.clock, secret_keys=SECRET_KEYS
    )
    assert await first.check_ups.take_links(10, EVERY, LEASE) == [], "spread, not all at once"
    rig.clock.advance(EVERY)
    mine, other = await asyncio.gather(
        first.check_ups.take_links(2, EVERY, LEASE),
        second.check_ups.take_links(10, EVERY, LEASE),
    )
    mine += await first.check_ups.take_links(10, EVERY, LEASE)
    assert len(mine) + len(other) == len({*mine, *other}) == 4

    done = dict.fromkeys(mine)
    await first.check_ups.links_looked_at(done, rig.clock() + EVERY)
    rig.clock.advance(LEASE)
    left = await second.check_ups.take_links(10, EVERY, LEASE)
    assert sorted(left) == sorted(other), "what was not done comes again, and only that"
    await second.close()


async def test_a_workspace_that_left_is_left_alone(rig: ExchangeRig) -> None:
    gone = rig.workspaces[rig.marfa.seed.key].id
    async with rig.running.database.unit() as unit:
        await unit.installations.leave(gone, rig.clock())
    check_ups = rig.running.database.check_ups
    await check_ups.take_workspaces(10, EVERY, LEASE)
    rig.clock.advance(EVERY)
    assert gone not in await check_ups.take_workspaces(10, EVERY, LEASE)
    assert len(await check_ups.take_links(10, EVERY, LEASE)) == 0, "their first turn is given now"
    rig.clock.advance(EVERY)
    assert len(await check_ups.take_links(10, EVERY, LEASE)) == 3


async def test_withdrawn_consent_to_history_is_seen_and_its_return(house: House) -> None:
    platform = house.platform
    assert isinstance(platform, GraphTeamsPlatform)
    assert isinstance(platform, SupportsCheckUp)
    assert await platform.check_conversation(house.housing) == Finding()
    house.stpaul.graph_consent = False
    found = await platform.check_conversation(house.housing)
    assert found == Finding(missing=("ChannelMessage.Read.Group",))
    house.stpaul.graph_consent = True
    assert await platform.check_conversation(house.housing) == Finding()
    house.stpaul.installed = False
    found = await platform.check_conversation(house.housing)
    assert found.trouble is Trouble.BOT_REMOVED


async def test_silence_of_the_platform_is_neither_trouble_nor_its_end(house: House) -> None:
    await house.faults(offline=True)
    with pytest.raises(CallFailed):
        await house.platform.check_workspace(house.housing.workspace)
    with pytest.raises(CallFailed):
        await house.platform.check_conversation(house.housing)

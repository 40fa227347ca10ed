"""St. Paul and Marfa in two Agents Playgrounds, Boston in a stand-in for Slack, one exchange."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from integrations.sandbox.slack.app import SlackStandIn
from tests.playground.tenant import Playground, TenantSeed, free_ports, running_playground
from tests.service.processes import Serve, answered
from tests.support.cities import SlackCity
from tests.support.city_seeds import BOSTON, SIGNING_SECRET, slack_seed

ST_PAUL = TenantSeed("stpaul", 1, "City of St. Paul", "Lena Thao")
MARFA = TenantSeed("marfa", 2, "Marfa town hall", "Dolores Vega")
GEOIDS = {"stpaul": "2758000", "marfa": "4846620"}


@dataclass
class Town:
    """The running exchange and the three cities that share housing."""

    serve: Serve
    boston: SlackCity
    st_paul: Playground
    marfa: Playground


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def town(
    node_path: str, node_modules: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    """All of it, linked by the commands that an operator uses."""
    folder = tmp_path_factory.mktemp("playground")
    slack = SlackStandIn(slack_seed([BOSTON]))
    await slack.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(slack.stop)
        serve = await Serve.start(
            folder,
            SLACK_SIGNING_SECRET=SIGNING_SECRET,
            SLACK_API_URL=slack.api_url,
            TEAMS_APP_ID="",
        )
        stack.push_async_callback(serve.stop)
        slack.app_named("").events_url = f"{serve.url}/slack/events"
        boston = SlackCity(slack, BOSTON, "housing")
        starting = [
            stack.enter_async_context(
                running_playground(
                    seed,
                    node=node_path,
                    modules=node_modules,
                    folder=folder,
                    webhook=f"{serve.url}/api/messages",
                    port=port,
                )
            )
            for seed, port in zip((ST_PAUL, MARFA), free_ports(2), strict=True)
        ]
        st_paul, marfa = [await one for one in starting]
        made = Town(serve, boston, st_paul, marfa)
        await _join(folder, made)
        yield made


async def _join(folder: Path, town: Town) -> None:
    slack = town.boston.stand_in
    token = ("--token", BOSTON.token, "--api-url", slack.api_url)
    words: list[tuple[str, ...]] = [("slack", "--team", BOSTON.key, "--city", BOSTON.geoid, *token)]
    places = [str(town.boston.conversation().id)]
    for one in (town.st_paul, town.marfa):
        seed = one.seed
        identity = ("--tenant", seed.tenant, "--team", seed.team, "--city", GEOIDS[seed.key])
        words.append(("teams", *identity, "--service-url", one.service_url))
        places.append(seed.housing)
    added = await asyncio.gather(*(answered(folder, "workspaces", "add", *one) for one in words))
    await asyncio.gather(
        *(
            answered(
                folder,
                *("links", "add", "housing"),
                *("--workspace", str(workspace["id"]), "--conversation", place),
            )
            for workspace, place in zip(added, places, strict=True)
        )
    )

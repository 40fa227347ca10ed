"""Tokens that end: exchanged once for all nodes, in time, and both nodes go on with the new one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
from pydantic import SecretStr
from sqlalchemy import inspect, text

from core.channels import ChannelKind, Trouble
from core.failures import Later, Refused
from core.ids import ExternalConversation, ExternalMember, FileId, NodeId, WorkspaceId
from core.installations import Installed
from core.places import Workspace
from integrations.sandbox.slack.app import SlackStandIn
from integrations.sandbox.slack.consent import new_code
from integrations.sandbox.slack.model import Grant
from integrations.slack.ids import SLACK
from integrations.slack.oauth import SlackOAuth
from integrations.slack.platform import SlackPlatform
from integrations.slack.settings import SlackSettings
from service.clock import Clock
from service.membership.installing import Installing
from service.membership.token_rotation import TokenRotation
from service.registry import StoredCredentials
from storage.database import Database
from tests.sandbox.slack_rig import ANA, BOSTON, seed

KEYS = ("a-key-for-stories-that-is-long-enough",)


class NoFiles:
    """No file is ever kept."""

    async def read(self, file: FileId) -> bytes:
        raise KeyError(file)


@dataclass
class Node:
    """One process: its own connection to the database, its own memory, its own Slack client."""

    database: Database
    credentials: StoredCredentials
    rotation: TokenRotation
    platform: SlackPlatform
    oauth: SlackOAuth


@dataclass
class House:
    """Slack with tokens that end, and nodes that share a database."""

    slack: SlackStandIn
    clock: Clock
    nodes: list[Node]
    workspace: Workspace

    @property
    def grant(self) -> Grant:
        """What Slack has granted."""
        return self.slack.installation(BOSTON).grant

    @property
    def refreshes(self) -> int:
        """How often Slack was asked to exchange a refresh token."""
        return sum(
            entry.body == {"grant_type": "refresh_token"}
            for entry in self.slack.journal.since(0)
            if entry.method == "oauth.v2.access"
        )

    def pass_time(self, **since: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**since))

    async def works(self, node: Node) -> None:
        """A node asks Slack something with its token."""
        assert (await node.platform.member(self.workspace, ExternalMember(ANA))).name == "Ana Ruiz"


@asynccontextmanager
async def house_of(database_url: str, *, nodes: int) -> AsyncIterator[House]:
    """Boston has installed the app; its token ends in twelve hours."""
    clock = Clock()
    slack = SlackStandIn(seed(), clock=clock)
    app = slack.app_named("A0EXCHANGE1")
    app.token_rotation = True
    settings = SlackSettings(
        client_id=app.client_id, client_secret=SecretStr(app.client_secret), api_url=""
    )
    async with AsyncExitStack() as stack:
        await slack.start()
        stack.push_async_callback(slack.stop)
        settings = settings.model_copy(update={"api_url": slack.api_url})
        made = [await _node(stack, database_url, n, settings, clock) for n in range(nodes)]
        installed = await _install(slack, made[0])
        yield House(slack, clock, made, installed.workspace)


async def _node(
    stack: AsyncExitStack, url: str, number: int, settings: SlackSettings, clock: Clock
) -> Node:
    session = await stack.enter_async_context(aiohttp.ClientSession())
    database = await Database.open(
        url, node=NodeId(f"node-{number}"), clock=clock, secret_keys=KEYS
    )
    stack.push_async_callback(database.close)
    oauth = SlackOAuth(settings=settings, session=session, clock=clock)
    rotation = TokenRotation(database=database, clock=clock, refreshers={SLACK: oauth.refresh})
    stack.push_async_callback(rotation.close)
    credentials = StoredCredentials(database, clock, rotation)
    platform = SlackPlatform(
        settings=settings, credentials=credentials, files=NoFiles(), session=session, clock=clock
    )
    return Node(database, credentials, rotation, platform, oauth)


async def _install(slack: SlackStandIn, node: Node) -> Installed:
    code = new_code(slack.state, slack.app_named("A0EXCHANGE1"), BOSTON)
    granted = await node.oauth.exchange(code, "")
    [installed] = await Installing(node.database, node.database._clock).installed(granted)
    return installed


@pytest.fixture
async def two(shared_url: str) -> AsyncIterator[House]:
    """Two nodes on one PostgreSQL."""
    async with house_of(shared_url, nodes=2) as house:
        yield house


@pytest.fixture
async def one(either_url: str) -> AsyncIterator[House]:
    """One node on either database."""
    async with house_of(either_url, nodes=1) as house:
        yield house


async def test_two_nodes_exchange_a_token_once_before_it_ends(two: House) -> None:
    first = two.grant.token
    two.pass_time(hours=11, minutes=29)
    await asyncio.gather(*(node.rotation.refresh_due() for node in two.nodes))
    assert two.refreshes == 0, "it is not due before half an hour is left"
    two.pass_time(minutes=2)
    await asyncio.gather(*(node.rotation.refresh_due() for node in two.nodes for _ in range(3)))
    assert two.refreshes == 1
    assert two.grant.token != first
    for node in two.nodes:
        assert await node.credentials.token(two.workspace.id) == two.grant.token
        await two.works(node)


async def test_two_nodes_exchange_a_token_once_on_use(two: House) -> None:
    two.pass_time(hours=11, minutes=45)
    tokens = await asyncio.gather(
        *(node.credentials.token(two.workspace.id) for node in two.nodes for _ in range(20))
    )
    assert two.refreshes == 1
    assert set(tokens) <= set(two.grant.live), "each is one that works"
    two.pass_time(seconds=6)
    for node in two.nodes:
        assert await node.credentials.token(two.workspace.id) == two.grant.token
        await two.works(node)
    assert two.refreshes == 1


async def test_a_token_that_has_ended_is_waited_for(two: House) -> None:
    """All nodes slept for a day, then both wake at the same moment."""
    two.pass_time(hours=24)
    await asyncio.gather(*(two.works(node) for node in two.nodes for _ in range(5)))
    assert two.refreshes == 1


async def test_day_after_day(two: House) -> None:
    for day in range(1, 6):
        two.pass_time(hours=11, minutes=40)
        await asyncio.gather(*(node.rotation.refresh_due() for node in two.nodes))
        assert two.refreshes == day
        await asyncio.gather(*(two.works(node) for node in two.nodes))


async def test_slack_ends_a_token_before_its_time(one: House) -> None:
    """The clocks differ: Slack says token_expired while ours says there is time."""
    [node] = one.nodes
    await one.works(node)
    one.grant.live[one.grant.token] = one.clock()
    await one.works(node)
    assert one.refreshes == 1


async def test_a_node_that_died_in_the_middle_is_not_waited_for_for_long(two: House) -> None:
    dead, living = two.nodes
    two.pass_time(hours=11, minutes=45)
    async with dead.database.unit() as unit:
        [(installation, generation)] = await unit.installations.due(
            two.clock() + timedelta(hours=1)
        )
        until = two.clock() + timedelta(seconds=60)
        assert await unit.installations.claim_renewal(installation, generation, until)
    await living.rotation.refresh_due()
    assert two.refreshes == 0
    await two.works(living)
    two.pass_time(seconds=61)
    await living.rotation.refresh_due()
    assert two.refreshes == 1
    await two.works(living)


async def test_slack_does_not_answer_for_a_while(one: House) -> None:
    [node] = one.nodes
    app = one.slack.app_named("A0EXCHANGE1")
    one.pass_time(hours=13)
    secret, app.client_secret = app.client_secret, "out of order"
    with pytest.raises(Later):
        await node.credentials.token(one.workspace.id)
    app.client_secret = secret
    one.pass_time(seconds=61)
    await one.works(node)


async def test_a_refresh_token_that_slack_takes_no_more(one: House) -> None:
    [node] = one.nodes
    async with node.database.unit() as unit:
        channel = await unit.channels.by_slug("housing") or await unit.channels.add(
            "housing", "Housing", ChannelKind.TOPIC
        )
        await unit.links.add(channel.id, one.workspace.id, ExternalConversation("C0HOUSING01"))
    one.grant.refresh_token = "xoxe-1-another"
    one.pass_time(hours=11, minutes=45)
    await node.rotation.refresh_due()
    with pytest.raises(Refused) as caught:
        await node.credentials.token(one.workspace.id)
    assert caught.value.trouble is Trouble.TOKEN_GONE
    async with node.database.view() as view:
        [link] = await view.links.list(workspace=one.workspace.id)
        assert link.trouble is Trouble.TOKEN_GONE
    await _install(one.slack, node)
    async with node.database.view() as view:
        [link] = await view.links.list(workspace=one.workspace.id)
        assert link.trouble is None
    await one.works(node)


async def test_an_exchange_that_is_under_way_outlives_its_caller(one: House) -> None:
    [node] = one.nodes
    one.pass_time(hours=13)
    caller = asyncio.create_task(node.credentials.token(one.workspace.id))
    async with asyncio.timeout(5):
        while not node.rotation._running:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
    caller.cancel()
    await node.rotation.close()
    assert one.refreshes == 1
    assert await node.credentials.token(one.workspace.id) == one.grant.token


async def test_new_keys(shared_url: str) -> None:
    async with house_of(shared_url, nodes=1) as house:
        workspace, token = house.workspace.id, house.grant.token
        assert await _read(shared_url, ("new", *KEYS), workspace, reencrypt=True) == token
        assert await _read(shared_url, ("new",), workspace) == token


async def _read(
    url: str, keys: tuple[str, ...], workspace: WorkspaceId, *, reencrypt: bool = False
) -> str:
    database = await Database.open(url, node=NodeId("n"), clock=Clock(), secret_keys=keys)
    async with database.unit() as unit:
        if reencrypt:
            assert await unit.installations.reencrypt() == 2, "a token and its refresh token"
        found = await unit.installations.credentials([workspace])
    await database.close()
    return found[workspace].token


async def test_a_dump_of_postgres_holds_no_token(two: House) -> None:
    async with two.nodes[0].database.view() as view:
        names = await view.transaction.connection.run_sync(
            lambda connection: inspect(connection).get_table_names()
        )
        assert "installations" in names
        dump = ""
        for name in names:
            rows = await view.transaction.rows(text(f'SELECT * FROM "{name}"'))  # noqa: S608
            dump += "\n".join(str(tuple(row)) for row in rows)
    assert "City of Boston" in dump
    assert "xox" not in dump

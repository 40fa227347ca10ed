"""The exchange with its real adapters, over HTTP, between stand-ins for Slack and Teams.

    async with exchange_rig(database_url) as rig:
        rig.boston.say("Who has tried this?")
        await rig.quiet()
        assert only(rig.marfa.seen(), "tried this")

Time passes only as fast as it really does, but `quiet` skips short waits (a platform's pace), and
`pass_time` lets any time pass and does what is due by then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import aiohttp
from sqlalchemy import text

import service.exchange
from core.channels import Link, LinkMode
from core.ids import (
    CityId,
    ExternalConversation,
    ExternalMember,
    ExternalTenant,
    ExternalWorkspace,
    PlatformName,
)
from core.places import Role, Workspace, WorkspaceState
from integrations.sandbox.slack.app import SlackStandIn
from integrations.sandbox.teams.seed import plant
from integrations.sandbox.teams.standin import TeamsStandIn, run
from integrations.teams.ids import workspace_id
from service.clock import Clock
from service.exchange import Exchange
from service.listening import listen
from service.scheduler import Job
from service.settings import ExchangeSettings
from service.watching.troubles import mend_workspace
from storage.status import Status, snapshot
from storage.unit import Unit
from tests.support.cities import CityAtWork, SlackCity, TeamsCity, sent_all
from tests.support.city_seeds import (
    FOUR_CITIES,
    CitySeed,
    person_of,
    slack_seed,
    teams_seed,
)
from tests.support.jobs_by_hand import JobsByHand
from tests.support.rig_settings import platform_settings

SECRET_KEYS = ("a-key-for-stories-that-is-long-enough",)
RETRIES_FASTER = 0.0001
"""The stand-ins wait this much of what Slack and Teams wait before they send an event again."""

DEADLINE = 10.0
"""Seconds of real time after which something that should have happened has not."""

_UNDER_WAY = text(
    "SELECT (SELECT count(*) FROM lanes WHERE claim_token IS NOT NULL)"
    " + (SELECT count(*) FROM inbox_lanes WHERE claim_token IS NOT NULL"
    " OR held_until IS NOT NULL)"
)


@dataclass
class ExchangeRig:
    """Everything together. Cities are at hand by name; `exchange` is None while it is down."""

    database_url: str
    clock: Clock
    slack: SlackStandIn
    teams: TeamsStandIn
    session: aiohttp.ClientSession
    port: int
    cities: dict[str, CityAtWork] = field(default_factory=dict)
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    exchange: Exchange | None = None
    jobs: JobsByHand = field(default_factory=lambda: JobsByHand(()))

    # Cities

    @property
    def boston(self) -> SlackCity:
        """Boston, in Slack."""
        return self._slack_city("T0BOSTON001")

    @property
    def yellow_springs(self) -> SlackCity:
        """Yellow Springs, in Slack."""
        return self._slack_city("T0YELLOW001")

    @property
    def st_paul(self) -> TeamsCity:
        """St. Paul, in Teams."""
        return self._teams_city("stpaul")

    @property
    def marfa(self) -> TeamsCity:
        """Marfa, in Teams."""
        return self._teams_city("marfa")

    def others(self, city: CityAtWork) -> list[CityAtWork]:
        """All cities but this one."""
        return [other for other in self.cities.values() if other.seed != city.seed]

    def _slack_city(self, key: str) -> SlackCity:
        city = self.cities[key]
        assert isinstance(city, SlackCity)
        return city

    def _teams_city(self, key: str) -> TeamsCity:
        city = self.cities[key]
        assert isinstance(city, TeamsCity)
        return city

    # The exchange itself

    @property
    def base_url(self) -> str:
        """Where the exchange listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> Exchange:
        """The exchange, which must be up."""
        assert self.exchange is not None, "the exchange is down"
        return self.exchange

    async def start(self, before: Callable[[], Awaitable[None]] | None = None) -> None:
        """Start the exchange; `before` runs when its database is open and nothing works yet."""
        listening = listen("127.0.0.1", self.port, "EXCHANGE_PORT")
        self.port = listening.getsockname()[1]
        exchange = Exchange(
            story_settings(self.database_url),
            platform_settings(self.slack),
            clock=self.clock,
            base_url=self.base_url,
        )
        await exchange.open()
        self.exchange = exchange
        if before is not None:
            await before()
        with patch.object(service.exchange, "Scheduler", self._schedule):
            await exchange.start(listening)
        await self.jobs.settle()

    async def stop(self) -> None:
        """Stop the exchange; what people do meanwhile reaches nobody."""
        if self.exchange is not None:
            await self.exchange.stop()
            self.exchange = None

    def _schedule(self, jobs: Sequence[Job]) -> JobsByHand:
        self.jobs = JobsByHand(jobs)
        return self.jobs

    # Who takes part

    async def join(
        self, seed: CitySeed, *, state: WorkspaceState = WorkspaceState.CONFIRMED
    ) -> Workspace:
        """Let a city's workspace take part, as `workspaces add` does."""
        external, tenant, api_url = seed.key, seed.key, self.slack.api_url
        if seed.platform == "teams":
            team = self.teams.world.workspaces[seed.key]
            external, tenant = workspace_id(team.tenant_id, team.team_id), team.tenant_id
            api_url = self.teams.service_url(team)
        async with self.running.database.unit() as unit:
            added = await unit.workspaces.add(
                platform=PlatformName(seed.platform),
                external_id=ExternalWorkspace(external),
                tenant=ExternalTenant(tenant),
                name=seed.label,
                city=CityId(seed.geoid),
                state=state,
                api_url=api_url,
                token=seed.token if seed.platform == "slack" else None,
            )
        self.workspaces[seed.key] = added
        return added

    async def link(
        self, city: CityAtWork, channel: str = "housing", mode: LinkMode = LinkMode.LIVE
    ) -> Link:
        """Link a city's conversation of the same name, as `links add` does."""
        async with self.running.database.unit() as unit:
            return await self._link(unit, city, channel, mode)

    async def _link(self, unit: Unit, city: CityAtWork, channel: str, mode: LinkMode) -> Link:
        found = await unit.channels.by_slug(channel)
        assert found is not None
        return await unit.links.add(
            found.id,
            self.workspaces[city.seed.key].id,
            ExternalConversation(self.conversation_of(city, channel)),
            mode,
            conversation_name=channel,
        )

    async def set_role(self, city: CityAtWork, name: str, role: Role) -> None:
        """Give somebody who has written a role, as the operator does."""
        person = person_of(city.seed, name)
        key = person.key
        if isinstance(city, TeamsCity):
            key = city.workspace.member(key).id
        async with self.running.database.unit() as unit:
            workspace = self.workspaces[city.seed.key].id
            member = await unit.members.find(workspace, ExternalMember(key))
            assert member is not None
            await unit.members.set_role(member.id, role)

    async def give_token(self, city: CityAtWork, token: str) -> None:
        """Take a new token for a workspace, as `workspaces add` with a known team does."""
        async with self.running.database.unit() as unit:
            await unit.workspaces.set_token(self.workspaces[city.seed.key].id, token)
            await mend_workspace(unit, self.workspaces[city.seed.key], self.clock())

    async def slack_control(self, act: str, **fields: Any) -> Any:
        """An act through the control API of the Slack stand-in."""
        url = f"{self.slack.base_url}/control/{act}"
        async with self.session.post(url, json=fields) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    def conversation_of(self, city: CityAtWork, channel: str) -> str:
        """The platform's id of a city's conversation of this name."""
        if isinstance(city, SlackCity):
            return str(city.conversation(channel).id)
        team = self.teams.world.workspaces[city.seed.key]
        return team.conversation(channel.capitalize()).id

    # Time

    async def eventually(
        self, holds: Callable[[], Any], *, within: float = DEADLINE, why: str = ""
    ) -> None:
        """Wait until something is the case; fails when it is not so in time."""
        until = time.monotonic() + within
        while not holds():
            assert time.monotonic() < until, f"did not happen within {within} s: {why}"
            await asyncio.sleep(0.005)

    async def quiet(
        self, *, within: float = DEADLINE, skip: timedelta = timedelta(seconds=5)
    ) -> None:
        """Wait until nothing is under way: events sent and handled, everything out that can be.

        A wait of at most `skip` (a platform's pace) is skipped; what is due later stays waiting.
        """
        until = time.monotonic() + within
        calm = 0
        while calm < 2:
            busy = await self._busy()
            assert time.monotonic() < until, f"not quiet within {within} s: {busy}"
            calm = 0 if busy else calm + 1
            if busy == "waiting":
                await self._skip_to_next(skip)
            elif not busy:
                await self.jobs.jobs["receipts"].do()
            await asyncio.sleep(0.015 if busy else 0.001)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass and do once what is done at intervals, then wait until all is quiet."""
        self.clock.advance(timedelta(seconds=seconds))
        self._wake()
        await self.quiet()
        for name, job in self.jobs.jobs.items():
            if job.every <= timedelta(seconds=seconds) and name != "catch-up":
                await job.do()
        await self.quiet()

    async def tell_admins(self) -> None:
        """Say what is waiting to be said to admins, as happens every few seconds."""
        await self.jobs.jobs["notices"].do()
        await self.quiet()

    async def status(self) -> Status:
        """What `status` shows the operator."""
        return await snapshot(self.running.database, self.clock())

    async def _busy(self) -> str:
        """What is under way; `waiting` when something is due in the future only."""
        if not sent_all(self.slack) or self.teams.courier._tasks:
            return "events"
        if under_way := await self._under_way():
            return f"{under_way} events or deliveries in hand"
        due = await self._next_due()
        if due is None:
            return ""
        wait = (due - self.clock()).total_seconds()
        if wait <= 0:
            return "deliveries due"
        return "waiting" if wait <= 5 else ""

    async def _under_way(self) -> int:
        async with self.running.database.view() as view:
            return int(await view.transaction.value(_UNDER_WAY))

    async def _next_due(self) -> datetime | None:
        database = self.running.database
        dues = await database.outbox.next_due(), await database.inbox.next_due()
        return min((due for due in dues if due is not None), default=None)

    async def _skip_to_next(self, skip: timedelta) -> None:
        due = await self._next_due()
        if due is None:
            return
        wait = due - self.clock()
        if timedelta() < wait <= skip:
            self.clock.advance(wait + timedelta(milliseconds=1))
        self._wake()

    def _wake(self) -> None:
        self.running.database.signals.inbox.set()
        self.running.database.signals.outbox.set()


def story_settings(database_url: str) -> ExchangeSettings:
    """The settings of a story's exchange."""
    return ExchangeSettings.model_validate(
        {"database_url": database_url, "secret_keys": SECRET_KEYS}
    )


@asynccontextmanager
async def exchange_rig(
    database_url: str, *, seeds: Sequence[CitySeed] = FOUR_CITIES, link: bool = True
) -> AsyncIterator[ExchangeRig]:
    """A running exchange with these cities, their housing channels linked unless `link` is false.

    The database must be migrated; it is seeded when it is empty.
    """
    clock = Clock()
    began = clock().timestamp() - time.monotonic()
    slack = SlackStandIn(
        slack_seed(seeds),
        clock=clock,
        monotonic=lambda: clock().timestamp() - began,
        time_factor=RETRIES_FASTER,
    )
    teams = TeamsStandIn(clock=clock, time_factor=RETRIES_FASTER)
    plant(teams.world, teams_seed(seeds))
    await slack.start()
    teams_runner = await run(teams)
    async with aiohttp.ClientSession() as session:
        rig = ExchangeRig(database_url, clock, slack, teams, session, port=0)
        for seed in seeds:
            city: CityAtWork = (
                SlackCity(slack, seed, "housing")
                if seed.platform == "slack"
                else TeamsCity(teams, seed, "Housing")
            )
            rig.cities[seed.key] = city
        try:
            await rig.start(lambda: _join_all(rig, seeds, link=link))
            listen_to(rig)
            yield rig
        finally:
            await rig.stop()
            await teams_runner.cleanup()
            await slack.stop()


async def _join_all(rig: ExchangeRig, seeds: Sequence[CitySeed], *, link: bool) -> None:
    for seed in seeds:
        await rig.join(seed)
        if link:
            await rig.link(rig.cities[seed.key])


def listen_to(rig: ExchangeRig) -> None:
    """Point both stand-ins to the exchange."""
    for app in rig.slack.state.apps.values():
        if app.id == "A0EXCHANGE1":
            app.events_url = app.interactivity_url = f"{rig.base_url}/slack/events"
            app.commands = dict.fromkeys(app.commands, f"{rig.base_url}/slack/events")
    rig.teams.events_url = f"{rig.base_url}/api/messages"

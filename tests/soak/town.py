"""A whole crash test: everything started, people talking in bad weather, then counted."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from tests.soak.cities import City, join_all, slack_channel, slack_world, teams_world
from tests.soak.counting import Count, Counting, Place, sent_twice
from tests.soak.people import People
from tests.soak.processes import ROOT, Proxy, Started, node, stand_in
from tests.soak.shared_time import FileClock, TimeFile
from tests.soak.weather import Weather
from tests.support.city_seeds import FOUR_CITIES

Json = dict[str, Any]
RATE = 4.0
"""Seconds that pass in a real one: quick, but no process is ever so slow that its lease ends."""

HOUR = 3_600.0
POSTS_ARE_OUT = 3.0
LOOK_EVERY = 700
QUIET_WITHIN = 240.0
SLACK_TRIES_AGAIN = (61.0, 301.0)


@dataclass
class Plan:
    """How much is done. `outage`: its seconds, `outage_rate`: how fast they pass; `pause`: real
    seconds between troubles; `closed`: whether the exchange itself is away for an hour, too."""

    deliveries: int
    channels: list[str]
    nodes: int
    seed: int
    acts_per_second: float = 18.0
    outage: float = HOUR
    outage_rate: float = 60.0
    rate: float = RATE
    pause: tuple[float, float] = (0.8, 2.2)
    closed: bool = False


@dataclass
class Town:
    """Everything that runs."""

    plan: Plan
    folder: Path
    database_url: str
    time_file: TimeFile
    session: aiohttp.ClientSession
    proxy: Proxy
    slack: Started
    teams: Started
    nodes: list[Started]
    cities: dict[str, City]
    people: People
    weather: Weather
    links: dict[int, tuple[str, str]]
    uncertain: dict[int, Json] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    async def live(self) -> None:
        """People talk until enough was to be delivered.

        In between, an hour without platforms, and, when planned, an hour without us.
        """
        share = self.plan.deliveries // (3 if self.plan.closed else 2)
        await self._in_weather(self._talk_until(share))
        await self._while_talking(self.weather.outage(self.plan.outage, self.plan.outage_rate))
        if self.plan.closed:
            await self._in_weather(self._talk_until(2 * share))
            await self._while_talking(self.weather.closed(self.plan.outage, self.plan.outage_rate))
        await self._in_weather(self._talk_until(self.plan.deliveries))
        await self.weather.clear()

    async def _while_talking(self, happening: Coroutine[Any, Any, None]) -> None:
        outage = asyncio.create_task(happening)
        while not outage.done():
            await self.people.talk()
            await asyncio.sleep(0.25)
        await outage

    async def _in_weather(self, doing: Coroutine[Any, Any, None]) -> None:
        raging = asyncio.create_task(self.weather.rage())
        talking = asyncio.create_task(doing)
        await asyncio.wait({raging, talking}, return_when=asyncio.FIRST_COMPLETED)
        raging.cancel()
        ended = await asyncio.gather(raging, return_exceptions=True)
        if isinstance(ended[0], Exception):
            raise ended[0]
        await talking

    async def _talk_until(self, deliveries: int) -> None:
        look_again = self._duties() + LOOK_EVERY
        while self._duties() < deliveries:
            if self._duties() >= look_again:
                look_again += LOOK_EVERY
                await asyncio.to_thread(self.status)
            await self.people.talk()
            await asyncio.sleep(self.people.random.expovariate(self.plan.acts_per_second))

    def _duties(self) -> int:
        acts = self.people.acts
        wanted = sum(acts.get(name, 0) for name in ("post", "file", "reply", "edit", "delete"))
        return wanted * (len(self.cities) - 1)

    async def quiet(self) -> Json:
        """Wait until nothing is on its way, let Slack send again what it could not, and so on."""
        await asyncio.sleep(POSTS_ARE_OUT)
        # What is left are receipts and edits, which are done again without harm.
        self.time_file.write(rate=self.plan.rate * (3 if self.plan.nodes > 1 else 5))
        for wait in (*SLACK_TRIES_AGAIN, 0.0):
            await self.until_idle()
            if wait:
                self.time_file.jump(wait)
                await asyncio.sleep(0.5)
        return await asyncio.to_thread(self.status)

    async def until_idle(self) -> None:
        """Return when nothing is on its way and nothing is sent any more."""
        until = time.monotonic() + QUIET_WITHIN
        calm, last = 0, -1
        while calm < 4:
            assert time.monotonic() < until, f"not quiet: {json.dumps(self.status())[:3000]}"
            busy, journal = await self._busy()
            calm = calm + 1 if not busy and journal == last else 0
            last = journal
            await asyncio.sleep(0.15)

    async def _busy(self) -> tuple[float, int]:
        async with self.session.get(f"{self.nodes[0].url}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        depths = ("exchange_inbox_depth ", "exchange_outbox_depth{")
        waiting = sum(float(line.split()[-1]) for line in lines if line.startswith(depths))
        journal = 0
        for one in (self.slack, self.teams):
            async with self.session.get(f"{one.url}/control/journal?since=1000000000") as answer:
                journal += (await answer.json())["next"]
        return waiting, journal

    def status(self) -> Json:
        """What the operator's command says. It lists the newest hundred that are uncertain."""
        settings = self.nodes[0].settings
        words = ["tests.soak.in_time", str(self.folder / "time"), "service", "status", "--json"]
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env={**os.environ, **settings},
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        told: Json = json.loads(done.stdout)
        self.uncertain |= {one["id"]: one for one in told["uncertain"]}
        return told

    async def count(self) -> tuple[Count, list[Place]]:
        """What stands where, and what was sent more often than it should have been."""
        slack, teams = [
            await self._get(one, "/soak/everything") for one in (self.slack, self.teams)
        ]
        ids = {}
        for told in teams["messages"]:
            ids[told["workspace"], told["name"]] = told["conversation"]
        for city in self.cities.values():
            if city.in_slack:
                ids |= {(city.seed.key, name): slack_channel(name) for name in self.plan.channels}
        works_in_slack = {key: city.in_slack for key, city in self.cities.items()}
        counting = Counting(self.people.said, works_in_slack, ids, self.proxy.tried_again)
        twice = sent_twice(
            await self._get(self.slack, "/control/journal"),
            await self._get(self.teams, "/control/journal"),
            {conversation: channel for (_, channel), conversation in ids.items()},
        )
        return counting.count(slack, teams), twice

    async def applied(self) -> int:
        """How many messages the bot has made."""
        entries = [*(await self._journal(self.slack)), *(await self._journal(self.teams))]
        return sum(
            bool(entry["message_id"]) for entry in entries if "post" in entry["method"].lower()
        )

    async def unanswered(self) -> set[str]:
        """The cities where the bot has written something that hangs."""
        entries = [*(await self._journal(self.slack)), *(await self._journal(self.teams))]
        return {entry["workspace"] for entry in entries if not entry["status"]}

    async def _journal(self, one: Started) -> list[Json]:
        return list((await self._get(one, "/control/journal"))["entries"])

    async def _get(self, one: Started, path: str) -> Json:
        async with self.session.get(one.url + path) as answer:
            told: Json = await answer.json()
        return told


@asynccontextmanager
async def town(plan: Plan, folder: Path, database_url: str) -> AsyncIterator[Town]:
    """Start everything; at the end, end everything."""
    time_file = TimeFile(folder / "time")
    time_file.write(rate=plan.rate, moment=time.time())
    nodes: list[Started] = []
    proxy = Proxy(nodes)
    cities = list(FOUR_CITIES)
    slack = stand_in(
        "slack", folder, slack_world(cities, plan.channels), f"{proxy.url}/slack/events"
    )
    teams = stand_in(
        "teams", folder, teams_world(cities, plan.channels), f"{proxy.url}/api/messages"
    )
    nodes += [
        node(f"node{number}", folder, database_url, slack, proxy.url)
        for number in range(plan.nodes)
    ]
    everything = [slack, teams, *nodes]
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            await proxy.start()
            slack.start()
            teams.start()
            links = await join_all(
                database_url, FileClock(time_file), cities, plan.channels, slack, teams
            )
            for one in nodes:
                one.start()
            await slack.ready(session, "/control/journal")
            await teams.ready(session, "/control/journal")
            for one in nodes:
                await one.ready(session, "/readyz")
            there = {
                city.key: City(city, slack if city.platform == "slack" else teams, session)
                for city in cities
            }
            random = Random(plan.seed)  # noqa: S311 - a test that can be repeated
            people = People(there, plan.channels, random)
            luck = Random(plan.seed + 1)  # noqa: S311 - the same
            weather = Weather(nodes, list(there.values()), luck, session, time_file, plan.pause)
            yield Town(
                plan,
                folder,
                database_url,
                time_file,
                session,
                proxy,
                slack,
                teams,
                nodes,
                there,
                people,
                weather,
                links,
            )
        finally:
            for one in everything:
                one.kill()
            await proxy.stop()

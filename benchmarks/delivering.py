"""How fast posts come out at the other end, beside a bare client that sends the same requests."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from benchmarks.bare import BareClient, Prepared, Recording, recorded
from benchmarks.databases import SQLITE, Databases
from benchmarks.events import event_session, tell
from benchmarks.processes import (
    Entry,
    ProcessFailed,
    Serving,
    StandIn,
    free_port,
    serving,
    stand_in,
)
from benchmarks.worlds import SLACK, TEAMS, World

AT_ONCE = 500
"""How many conversations of one platform the exchange writes to side by side; the bare client
sends as many requests at once to each platform."""

LONGEST = 120.0


@dataclass(frozen=True, slots=True)
class Load:
    """So many posts, one right after the other, to every place of a world but the first."""

    world: World
    posts: int
    delay: float = 0.0
    """Seconds that the platforms take for each answer."""

    @property
    def deliveries(self) -> int:
        """How many messages that makes."""
        return self.posts * (len(self.world.places) - 1)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Seconds from the start to the last message at the stand-ins."""

    exchange: float
    bare: float


@dataclass
class Arena:
    """Both stand-ins, ready, and what the bare client is to send to them."""

    load: Load
    standins: list[StandIn]
    requests: list[tuple[str, Sequence[Prepared]]]
    session: aiohttp.ClientSession

    @property
    def teams_url(self) -> str:
        """Where the Teams stand-in answers; empty without one."""
        return self.standins[1].url if len(self.standins) > 1 else ""

    async def repeats(self, databases: Databases, kind: str, number: int) -> list[Repeat]:
        """Measure the exchange on a fresh database and the bare client, in turn."""
        url = await databases.fresh(kind, self.load.world, self.teams_url)
        found: list[Repeat] = []
        async with AsyncExitStack() as stack:
            exchange = await stack.enter_async_context(
                serving(url, self.standins[0].url, self.session, databases.folder)
            )
            events = await stack.enter_async_context(event_session())
            bare = BareClient()
            stack.push_async_callback(bare.close)
            # The first post of each opens its connections and is not counted.
            await self._exchange(exchange, events, "warming up", 1)
            await self._bare(bare, 1)
            for repeat in range(number):
                text = f"round {repeat}"
                by_exchange = await self._exchange(exchange, events, text, self.load.posts)
                found.append(Repeat(by_exchange, await self._bare(bare, self.load.posts)))
        return found

    async def _exchange(
        self, exchange: Serving, events: aiohttp.ClientSession, text: str, posts: int
    ) -> float:
        await self._settle()
        marks = [await standin.received() for standin in self.standins]
        started = time.time()
        for number in range(posts):
            await tell(events, exchange.url, self.load.world.places[0], f"{text}, post {number}")
        return await self._last_arrival(marks, posts) - started

    async def _bare(self, bare: BareClient, posts: int) -> float:
        await self._settle()
        marks = [await standin.received() for standin in self.standins]
        started = time.time()
        await bare.send(
            [(url, some[: self._part(some, posts)]) for url, some in self.requests], AT_ONCE
        )
        return await self._last_arrival(marks, posts) - started

    def _part(self, requests: Sequence[Prepared], posts: int) -> int:
        """How many of the requests make so many posts."""
        return len(requests) * posts // self.load.posts

    async def _settle(self) -> None:
        for standin in self.standins:
            await standin.wait_quiet()

    async def _last_arrival(self, marks: Sequence[int], posts: int) -> float:
        expected = [self._part(requests, posts) for _, requests in self.requests]
        arrived: list[Entry] = []
        for standin, mark, number in zip(self.standins, marks, expected, strict=True):
            await standin.wait_received(mark + number, LONGEST)
        for standin, mark, number in zip(self.standins, marks, expected, strict=True):
            made = await _messages(standin, mark)
            while len(made) < number:  # a receipt was counted in place of a message
                made = await _messages(standin, mark)
            if len(made) != number or any(each.status >= 300 for each in made):
                raise RuntimeError(f"{number} messages were expected, {len(made)} requests came")
            arrived += made
        return max(each.at for each in arrived)


async def _messages(standin: StandIn, since: int) -> list[Entry]:
    return [entry for entry in await standin.entries(since) if is_post(entry)]


def is_post(entry: Entry) -> bool:
    """Whether a request makes a message."""
    return entry.method in {"chat.postMessage", "POST conversations"}


@asynccontextmanager
async def arena(
    load: Load, databases: Databases, session: aiohttp.ClientSession
) -> AsyncIterator[Arena]:
    """The stand-ins for a load, and the requests that it comes to, taken down beforehand."""
    ports = {SLACK: free_port()}
    if any(place.platform == TEAMS for place in load.world.places):
        ports[TEAMS] = free_port()
    requests = await _record(load, databases, session, list(ports.values()))
    async with AsyncExitStack() as stack:
        seeds = {SLACK: load.world.slack_seed(), TEAMS: load.world.teams_seed()}
        standins = [
            await stack.enter_async_context(stand_in(platform, seeds[platform], session, port=port))
            for platform, port in ports.items()
        ]
        for platform, standin in zip(ports, standins, strict=True):
            same = [p.tenant for p in load.world.places if p.platform == platform]
            if load.delay:
                await standin.faults(list(dict.fromkeys(same)), delay=load.delay)
        bases = [standin.url for standin in standins]
        yield Arena(load, standins, list(zip(bases, requests, strict=True)), session)


async def _record(
    load: Load, databases: Databases, session: aiohttp.ClientSession, ports: Sequence[int]
) -> list[Sequence[Prepared]]:
    """What the exchange sends to each port for this load. Times do not matter here."""
    bases = [f"http://127.0.0.1:{port}" for port in ports]
    url = await databases.fresh(SQLITE, load.world, bases[-1] if len(bases) > 1 else "")
    async with AsyncExitStack() as stack:
        recordings = [await stack.enter_async_context(recorded(port)) for port in ports]
        exchange = await stack.enter_async_context(
            serving(url, bases[0], session, databases.folder)
        )
        events = await stack.enter_async_context(event_session())
        for number in range(load.posts):
            await tell(events, exchange.url, load.world.places[0], f"round 0, post {number}")
        await _wait_recorded(recordings, load.deliveries)
    return [recording.posts for recording in recordings]


async def _wait_recorded(recordings: Sequence[Recording], number: int) -> None:
    deadline = time.monotonic() + LONGEST
    while sum(len(recording.posts) for recording in recordings) < number:
        if time.monotonic() > deadline:
            raise ProcessFailed("the exchange did not send what was to be taken down")
        await asyncio.sleep(0.1)

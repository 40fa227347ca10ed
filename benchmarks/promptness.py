"""How soon an event leads to a request, and how soon it is answered."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from benchmarks.databases import Databases
from benchmarks.delivering import is_post
from benchmarks.events import Told, event_session, tell_steadily
from benchmarks.processes import Entry, ProcessFailed, Serving, StandIn, serving, stand_in
from benchmarks.worlds import World

_TEXT = re.compile(r"\b(?:first|answer|hang|warm)-[0-9a-f]+-\d+\b")
_DRAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Town:
    """A running exchange with one stand-in for Slack that keeps what it is told."""

    world: World
    exchange: Serving
    slack: StandIn
    events: aiohttp.ClientSession

    async def say(self, word: str, *, rate: float, number: int, first: int = 0) -> list[Told]:
        """People in all places write, one place after the other; each text is unique."""
        run = f"{time.time_ns():x}"
        places = self.world.places[first:]
        return await tell_steadily(
            self.events,
            self.exchange.url,
            places,
            rate=rate,
            number=number,
            say=lambda index: f"{word}-{run}-{index}",
        )

    async def copies(self, since: int, texts: Sequence[str], each: int) -> dict[str, list[Entry]]:
        """The requests that carry each text, once every text was sent `each` times, or when
        nothing more has arrived for a minute."""
        wanted, known, since_when = set(texts), -1, time.monotonic()
        while True:
            found = _by_text(await self.slack.entries(since), wanted)
            count = sum(len(entries) for entries in found.values())
            if count > known:
                known, since_when = count, time.monotonic()
            if count >= each * len(wanted) or time.monotonic() > since_when + _DRAIN_SECONDS:
                return found
            await asyncio.sleep(0.3)


def _by_text(entries: Sequence[Entry], wanted: set[str]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if is_post(entry) and entry.body is not None:
            # Several posts can share a message; the fallback text holds them all.
            for text in set(_TEXT.findall(str(entry.body.get("text", "")))) & wanted:
                found.setdefault(text, []).append(entry)
    return found


@asynccontextmanager
async def town(
    databases: Databases, kind: str, world: World, session: aiohttp.ClientSession
) -> AsyncIterator[Town]:
    """Start a stand-in and the exchange on a fresh database, and warm both up."""
    url = await databases.fresh(kind, world)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(
            stand_in("slack", world.slack_seed(), session, bodies=True)
        )
        exchange = await stack.enter_async_context(
            serving(url, slack.url, session, databases.folder)
        )
        events = await stack.enter_async_context(event_session())
        made = Town(world, exchange, slack, events)
        await slack.wait_quiet()
        await made.say("warm", rate=50, number=50)
        await slack.wait_quiet()
        yield made


async def first_requests(town: Town, *, rate: float, seconds: float) -> list[float]:
    """Seconds from an event's departure to its first request at the stand-in, for each event."""
    mark = await town.slack.received()
    told = await town.say("first", rate=rate, number=int(rate * seconds))
    cities = len(town.world.of(town.world.channels[0]))
    found = await town.copies(mark, [each.text for each in told], cities - 1)
    if len(found) < len(told):
        raise ProcessFailed(f"only {len(found)} of {len(told)} posts led to a request")
    return [min(entry.at for entry in found[each.text]) - each.at for each in told]


@dataclass(frozen=True, slots=True)
class Answers:
    """How long each answer took, and how many events were lost: not answered 200, or answered and
    never seen at the other end."""

    seconds: list[float]
    lost: int


async def answers(town: Town, *, rate: float, seconds: float) -> Answers:
    """Send events at a rate that is far above a usual one, then see that each came through."""
    mark = await town.slack.received()
    told = await town.say("answer", rate=rate, number=int(rate * seconds))
    refused = [each for each in told if each.status != 200]
    kept = [each.text for each in told if each.status == 200]
    cities = len(town.world.of(town.world.channels[0]))
    found = await town.copies(mark, kept, cities - 1)
    missing = [text for text in kept if len(found.get(text, ())) != cities - 1]
    return Answers([each.answered_after for each in told], len(refused) + len(missing))


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Seconds from an event to each copy in a city that is well."""

    usual: list[float]
    while_one_hangs: list[float]


async def arrivals(town: Town, *, rate: float, seconds: float, rounds: int) -> Arrivals:
    """Copies' travel times with all cities well and with one that never answers, in turn."""
    hanging = town.world.places[0].tenant
    usual: list[float] = []
    hung: list[float] = []
    for _ in range(rounds):
        usual += await _travel(town, hanging, rate, seconds)
        await town.slack.faults([hanging], hang=True)
        hung += await _travel(town, hanging, rate, seconds)
        await town.slack.faults([hanging], hang=False)
        # What was held up goes out before the next round begins.
        await town.slack.wait_quiet(3.0)
    return Arrivals(usual, hung)


async def _travel(town: Town, hanging: str, rate: float, seconds: float) -> list[float]:
    mark = await town.slack.received()
    well = World(tuple(place for place in town.world.places if place.tenant != hanging))
    speaking = Town(well, town.exchange, town.slack, town.events)
    told = await speaking.say("hang", rate=rate, number=int(rate * seconds))
    others = len(well.of(well.channels[0])) - 1
    texts = [each.text for each in told]
    deadline = time.monotonic() + _DRAIN_SECONDS
    while True:
        entries = [e for e in await town.slack.entries(mark) if e.workspace != hanging]
        found = _by_text(entries, set(texts))
        if sum(len(copies) for copies in found.values()) >= others * len(texts):
            break
        if time.monotonic() > deadline:
            raise ProcessFailed("copies for the cities that are well did not arrive")
        await asyncio.sleep(0.3)
    return [entry.at - each.at for each in told for entry in found[each.text]]

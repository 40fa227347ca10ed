"""How long the exchange takes to start, and how much memory it needs while nothing happens."""

import asyncio
from dataclasses import dataclass

import aiohttp

from benchmarks.databases import Databases
from benchmarks.processes import serving, stand_in
from benchmarks.worlds import World

_IDLE_SECONDS = 3.0
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds until `/readyz` says so, and megabytes some seconds later."""

    ready_after: float
    memory: float


async def starts(
    databases: Databases, kind: str, world: World, session: aiohttp.ClientSession, number: int
) -> list[Start]:
    """Start the exchange on a database that has been migrated and holds the world, repeatedly."""
    url = await databases.fresh(kind, world)
    found: list[Start] = []
    async with stand_in("slack", world.slack_seed(), session) as slack:
        for _ in range(number):
            async with serving(url, slack.url, session, databases.folder) as exchange:
                await slack.wait_quiet()
                await asyncio.sleep(_IDLE_SECONDS)
                found.append(Start(exchange.ready_after, exchange.memory() / _MEGABYTE))
    return found

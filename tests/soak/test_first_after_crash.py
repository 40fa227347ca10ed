"""How long after a crash the first waiting message leaves."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from tests.soak.test_crash import CHANNELS, SEED
from tests.soak.town import Plan, Town, town

WAITING = 20


@pytest.mark.soak
async def test_on_sqlite(tmp_path: Path) -> None:
    database_url = f"sqlite+aiosqlite:///{tmp_path / 'exchange.db'}"
    assert await _seconds_to_first(tmp_path, database_url, "SQLite") < 15


@pytest.mark.soak
async def test_on_postgres(tmp_path: Path, postgres_database_url: str) -> None:
    # Nobody may go on with what a node had begun before it is known to be dead.
    assert await _seconds_to_first(tmp_path, postgres_database_url, "PostgreSQL") < 45


async def _seconds_to_first(folder: Path, database_url: str, name: str) -> float:
    """Seconds from the start of the process; every conversation was being written to before."""
    plan = Plan(0, CHANNELS[:2], 1, SEED, rate=1.0)
    async with town(plan, folder, database_url) as here:
        for city in here.cities.values():
            await city.say(CHANNELS[0], 0, "So that it is known who speaks here")
        await here.until_idle()
        for city in here.cities.values():
            await city.faults(hang=True)
        for number in range(WAITING):
            key = sorted(here.cities)[number % len(here.cities)]
            await here.cities[key].say(CHANNELS[number % 2], 0, f"Number {number} is waiting")
        await _until_hanging(here)
        here.nodes[0].kill()
        for city in here.cities.values():
            await city.faults(hang=False)
        sent = await here.applied()
        started = time.monotonic()
        here.nodes[0].start()
        await here.nodes[0].ready(here.session, "/healthz")
        answered = time.monotonic() - started
        while await here.applied() == sent:
            await asyncio.sleep(0.01)
            assert time.monotonic() < started + 90, "nothing was sent"
        first = time.monotonic() - started
    sys.stderr.write(f"\n{name}: answers {answered:.1f} s after the start, sends {first:.1f} s\n")
    return first


async def _until_hanging(here: Town) -> None:
    """Until every city is being written to."""
    until = time.monotonic() + 60
    while len(await here.unanswered()) < len(here.cities):
        assert time.monotonic() < until, "not every city is written to"
        await asyncio.sleep(0.1)

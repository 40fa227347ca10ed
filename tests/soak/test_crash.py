"""Nodes killed at any instruction, platforms that fail in every way: nothing is lost or doubled.

Counted from what the stand-ins hold and have received, not from our own tables. Where Teams gives
no way to read back, a message may stand twice if `status` lists it as uncertain; those are counted
apart.
"""

import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.soak.counting import Count, Place
from tests.soak.town import Plan, Town, town

CHANNELS = [
    "housing",
    "transport",
    "water",
    "parks",
    "jobs",
    "budget",
    "digital",
    "health",
]
SEED = 20_260


async def test_sqlite_one_node_short(tmp_path: Path) -> None:
    await _survive(_short(1), tmp_path, _sqlite(tmp_path))


async def test_postgres_three_nodes_short(tmp_path: Path, postgres_database_url: str) -> None:
    await _survive(_short(3), tmp_path, postgres_database_url)


@pytest.mark.soak
async def test_sqlite_one_node(tmp_path: Path) -> None:
    await _survive(_whole(1), tmp_path, _sqlite(tmp_path))


@pytest.mark.soak
async def test_postgres_one_node(tmp_path: Path, postgres_database_url: str) -> None:
    await _survive(_whole(1), tmp_path, postgres_database_url)


@pytest.mark.soak
async def test_postgres_three_nodes(tmp_path: Path, postgres_database_url: str) -> None:
    await _survive(_whole(3), tmp_path, postgres_database_url)


def _short(nodes: int) -> Plan:
    """Five minutes of outage in ten seconds: quicker, and the limits of real work would be met."""
    return Plan(400, CHANNELS[:4], nodes, SEED, outage=300.0, outage_rate=30.0)


def _whole(nodes: int) -> Plan:
    pause = (1.5, 4.5)
    return Plan(10_000, CHANNELS, nodes, SEED, pause=pause, closed=True)


def _sqlite(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'exchange.db'}"


async def _survive(plan: Plan, folder: Path, database_url: str) -> None:
    async with town(plan, folder, database_url) as here:
        await here.live()
        status = await here.quiet()
        count, twice = await here.count()
    uncertain = Counter(here.links[one["link"]] for one in here.uncertain.values())
    problems = [*_problems_in(count, twice, uncertain), *_left_over(status)]
    summary = _summary(here, count, twice, uncertain)
    sys.stderr.write(f"\n{summary}\n")
    assert not problems, f"{summary}\nseed {plan.seed}, logs in {folder}\n" + "\n".join(problems)


def _summary(here: Town, count: Count, twice: list[Place], uncertain: Counter[Place]) -> str:
    acts, happened = here.people.acts, here.weather.happened
    return (
        f"{count.expected} copies expected, {count.copies} stand ({sum(acts.values())} acts of "
        f"people, {happened['kills']} kills, {sum(happened.values())} troubles in all, "
        f"{time.monotonic() - here.started:.0f} s): "
        f"{len(count.lost)} lost, {len(count.doubled)} doubled, of which in Teams and uncertain at "
        f"most {sum(uncertain.values())}, {len(twice)} sent twice, {len(count.out_of_order)} out "
        f"of order, {len(count.wrong)} otherwise wrong; Teams gave up telling us of "
        f"{count.untold} and brought {count.overtaken} late"
    )


def _problems_in(count: Count, twice: list[Place], uncertain: Counter[Place]) -> list[str]:
    problems = [f"lost: {one}" for one in count.lost]
    problems += [f"out of order: {one}" for one in count.out_of_order]
    problems += [f"wrong: {one}" for one in count.wrong]
    for what, places in (("doubled", count.doubled), ("sent twice", twice)):
        for place, times in Counter(places).items():
            if times > uncertain[place]:
                allowed = uncertain[place]
                problems.append(f"{what}: {times} in {place}, {allowed} of them uncertain")
    return problems


def _left_over(status: dict[str, Any]) -> list[str]:
    left = [f"failed: {one}" for one in (*status["failed"], *status["failed_events"])]
    left += [f"in trouble: {one}" for one in status["troubles"]]
    if status["inbox"]["depth"] or status["inbox"]["failed"] or status["outbox"]["depth"]:
        left.append(f"not empty: {status['inbox']} {status['outbox']}")
    return left

"""The rows of the table, each measured on every database that is here."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from statistics import median

import aiohttp

from benchmarks.databases import Databases
from benchmarks.delivering import Load, Repeat, arena
from benchmarks.promptness import answers, arrivals, first_requests, town
from benchmarks.results import Row, at_least, at_most, not_measured, percentile
from benchmarks.starting import starts
from benchmarks.worlds import many_channels, one_channel

FAN_OUT = "one post to {} conversations, platform answers in 100 ms: ratio to the bare client"
SUSTAINED = "deliveries per second, durable outbox on: share of the bare client"
FIRST = "event sent to first request received, 20 events/s, {}"
ANSWER = "answer to Slack at 200 events/s, p99, none lost"
HANGING = "other cities' p99 while one destination hangs: ratio to none hanging"
START = "start to ready"
MEMORY = "memory when idle"
SOAK = "10,000 posts through crashes, rate limits and an outage: lost, doubled, out of order"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    slack: int = 500
    teams: int = 500
    sustained_to: int = 2_500
    sustained_posts: int = 4
    repeats: int = 3
    first_seconds: float = 15.0
    answer_seconds: float = 10.0
    answer_rate: float = 200.0
    hanging_seconds: float = 5.0
    hanging_rounds: int = 2
    rooms: int = 40


FULL = Size()
TINY = Size(
    slack=6,
    teams=6,
    sustained_to=10,
    sustained_posts=2,
    repeats=1,
    first_seconds=1.0,
    answer_seconds=0.5,
    answer_rate=40.0,
    hanging_seconds=0.5,
    hanging_rounds=1,
    rooms=10,
)


@dataclass(frozen=True, slots=True)
class Bench:
    """Measures rows of one size. Each method gives its rows as soon as it has them."""

    size: Size
    databases: Databases
    session: aiohttp.ClientSession

    async def fan_out(self) -> AsyncIterator[Row]:
        """One post to all, half of them in Slack and half in Teams."""
        size = self.size
        load = Load(one_channel(size.slack, size.teams), posts=1, delay=0.1)
        name = FAN_OUT.format(f"{load.deliveries:,}")
        async with arena(load, self.databases, self.session) as ready:
            for kind in self.databases.kinds:
                repeats = await ready.repeats(self.databases, kind, size.repeats)
                ratios = [repeat.exchange / repeat.bare for repeat in repeats]
                seconds = _medians(repeats)
                yield at_most(
                    name, kind, ratios, "×", 1.5,
                    exchange=seconds.exchange, bare_client=seconds.bare, measured_unit="s",
                    note=f"{size.slack} Slack and {size.teams} Teams workspaces, one each",
                )  # fmt: skip

    async def sustained(self) -> AsyncIterator[Row]:
        """Several posts at once to many conversations, all in Slack."""
        size = self.size
        world = one_channel(size.sustained_to, 0, per_workspace=5)
        load = Load(world, posts=size.sustained_posts)
        async with arena(load, self.databases, self.session) as ready:
            for kind in self.databases.kinds:
                repeats = await ready.repeats(self.databases, kind, size.repeats)
                shares = [100 * repeat.bare / repeat.exchange for repeat in repeats]
                seconds = _medians(repeats)
                yield at_least(
                    SUSTAINED, kind, shares, "%", 60,
                    exchange=load.deliveries / seconds.exchange,
                    bare_client=load.deliveries / seconds.bare, measured_unit="/s",
                    note=f"{load.deliveries:,} deliveries to {size.sustained_to:,} conversations",
                )  # fmt: skip

    async def prompt(self) -> AsyncIterator[Row]:
        """First requests, answers, and cities beside one that hangs."""
        size = self.size
        world = many_channels(size.rooms, 6)
        for kind in self.databases.kinds:
            async with town(self.databases, kind, world, self.session) as running:
                found = await first_requests(running, rate=20, seconds=size.first_seconds)
                yield _percentile_row(FIRST.format("p50"), kind, found, 0.50, 10)
                yield _percentile_row(FIRST.format("p99"), kind, found, 0.99, 40)
                travel = await arrivals(
                    running, rate=20, seconds=size.hanging_seconds, rounds=size.hanging_rounds
                )
                usual = percentile(travel.usual, 0.99)
                hung = percentile(travel.while_one_hangs, 0.99)
                yield at_most(
                    HANGING, kind, [hung / usual], "×", 1.1,
                    exchange=1000 * hung, measured_unit="ms",
                    note=f"p99 is {1000 * usual:.0f} ms with none hanging, {1000 * hung:.0f} ms "
                    f"with one, over {len(travel.usual):,} copies each",
                )  # fmt: skip

    async def answering(self) -> AsyncIterator[Row]:
        """Answers while events come at ten times a busy rate."""
        size = self.size
        world = many_channels(size.rooms * 5, 2)
        for kind in self.databases.kinds:
            async with town(self.databases, kind, world, self.session) as running:
                found = await answers(running, rate=size.answer_rate, seconds=size.answer_seconds)
                note = f"{len(found.seconds):,} events, {found.lost} lost"
                row = _percentile_row(ANSWER, kind, found.seconds, 0.99, 100, note)
                yield row if not found.lost else _failed(row)

    async def starting(self) -> AsyncIterator[Row]:
        """Start and memory, with as many conversations as in the other rows."""
        size = self.size
        world = many_channels(size.rooms, 6)
        note = f"{len(world.places)} linked conversations"
        for kind in self.databases.kinds:
            found = await starts(self.databases, kind, world, self.session, size.repeats)
            seconds = [start.ready_after for start in found]
            yield at_most(START, kind, seconds, "s", 2, note=note)
            yield at_most(MEMORY, kind, [start.memory for start in found], "MB", 150, note=note)

    async def crashing(self) -> AsyncIterator[Row]:
        """Counted by the long tests, which take longer than this table may."""
        for kind in self.databases.kinds:
            yield not_measured(SOAK, kind, "posts", 0, "0", "counted by: make soak")


def _medians(repeats: list[Repeat]) -> Repeat:
    return Repeat(
        exchange=median(repeat.exchange for repeat in repeats),
        bare=median(repeat.bare for repeat in repeats),
    )


def _percentile_row(
    name: str, kind: str, seconds: list[float], share: float, target: float, note: str = ""
) -> Row:
    value = 1000 * percentile(seconds, share)
    return at_most(name, kind, [value], "ms", target, note=note or f"{len(seconds):,} events")


def _failed(row: Row) -> Row:
    return replace(row, met=False)

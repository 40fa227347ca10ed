"""What goes wrong during a crash test: nodes die, platforms misbehave, all at random moments."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import aiohttp

from tests.soak.cities import City
from tests.soak.processes import Started
from tests.soak.shared_time import TimeFile

LEASES_END = 130.0
HEALTHY = {
    "offline": False,
    "hang": False,
    "lost_answers": 0,
    "lost_requests": 0,
    "rate_limit": None,
    "preconditions_failed": 0,
}


@dataclass
class Weather:
    """Brings faults until it is stopped. Waits are in real seconds."""

    nodes: list[Started]
    cities: list[City]
    random: Random
    session: aiohttp.ClientSession
    time: TimeFile
    pause: tuple[float, float] = (0.8, 2.2)
    happened: Counter[str] = field(default_factory=Counter)
    _starting: set[asyncio.Task[None]] = field(default_factory=set)

    async def rage(self) -> None:
        """One misfortune after the other, until cancelled."""
        while True:
            await asyncio.sleep(self.random.uniform(*self.pause))
            await self.strike()

    async def strike(self) -> None:
        """One misfortune."""
        kinds = ["kill", "storm", "hang", "lost answers", "lost requests", "refused for now"]
        kind = self.random.choices(kinds, [5, 2, 1, 2, 2, 2])[0]
        city = self.random.choice(self.cities)
        match kind:
            case "kill":
                await self._kill()
            case "storm":
                limit = {"retry_after": self.random.randint(1, 6), "calls": 8}
                await city.faults(rate_limit=limit)
            case "hang":
                await self._hang(city)
            case "lost answers":
                await city.faults(lost_answers=self.random.randint(1, 3))
            case "lost requests":
                await city.faults(lost_requests=self.random.randint(1, 4))
            case _:
                errors = {} if city.in_slack else {"preconditions_failed": 2, "server_errors": 2}
                await city.faults(**errors)
        self.happened[kind] += 1

    async def _hang(self, city: City) -> None:
        await city.faults(hang=True)
        try:
            await asyncio.sleep(self.random.uniform(0.2, 1.5))
        finally:
            await city.faults(hang=False)

    async def _kill(self) -> None:
        everybody = len(self.nodes) > 1 and self.random.random() < 0.3
        for node in self.nodes if everybody else [self.random.choice(self.nodes)]:
            node.check()
            if node.lives:
                node.kill()
                self.happened["kills"] += 1
                wait = self.random.uniform(0.05, 0.8)
                task = asyncio.create_task(self._start_again(node, wait))
                self._starting.add(task)
                task.add_done_callback(self._starting.discard)

    async def _start_again(self, node: Started, wait: float) -> None:
        await asyncio.sleep(wait)
        if not node.lives:
            node.start()

    async def outage(self, seconds: float, rate: float) -> None:
        """Every platform is away for so long in the time of the file."""
        usual = self.time.rate
        for city in self.cities:
            await city.faults(offline=True)
        await self._pass(seconds - LEASES_END, rate)
        # A process that is slow for a moment in quick time has outlived its lease; those run out
        # before anything can be sent again.
        await self._pass(LEASES_END, min(rate, 40.0))
        # Each node says that it lives every 5 seconds; in quick time some may have looked dead.
        await asyncio.sleep(8 / usual)
        for city in self.cities:
            await city.faults(offline=False)
        self.happened["outages"] += 1

    async def closed(self, seconds: float, rate: float) -> None:
        """The exchange is away for so long in the time of the file."""
        await asyncio.gather(*self._starting)
        for node in self.nodes:
            node.kill()
        await self._pass(seconds, rate)
        for node in self.nodes:
            node.start()
        self.happened["closed"] += 1

    async def _pass(self, seconds: float, rate: float) -> None:
        usual = self.time.rate
        until = self.time.seconds() + seconds
        self.time.write(rate=rate)
        while self.time.seconds() < until:  # noqa: ASYNC110 - a file tells the time
            await asyncio.sleep(0.05)
        self.time.write(rate=usual)

    async def clear(self) -> None:
        """Everything is well again, and every node runs."""
        for city in self.cities:
            more = {} if city.in_slack else {"server_errors": 0}
            await city.faults(**HEALTHY, **more)
        await asyncio.gather(*self._starting)
        for node in self.nodes:
            node.check()
            if not node.lives:
                node.start()
            await node.ready(self.session, "/readyz")

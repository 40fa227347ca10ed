"""The page over both stand-ins, without an exchange: `python -m integrations.sandbox.page`."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from integrations.sandbox.page.app import create_page
from integrations.sandbox.page.seed import SLACK_SEED, TEAMS_SEED, say_hello
from integrations.sandbox.slack.app import SlackStandIn
from integrations.sandbox.teams.seed import plant
from integrations.sandbox.teams.standin import TeamsStandIn
from integrations.sandbox.world import system_clock


@asynccontextmanager
async def open_page(port: int = 0) -> AsyncIterator[tuple[str, SlackStandIn, TeamsStandIn]]:
    """Serve the page on loopback with four cities and no exchange; gives its address."""
    slack = SlackStandIn(SLACK_SEED)
    teams = TeamsStandIn()
    plant(teams.world, TEAMS_SEED)
    page = create_page(slack=slack, teams=teams, traces=None, clock=system_clock)
    runner = web.AppRunner(page, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    slack.base_url = f"{address}/slack"
    teams.public_url = f"{address}/teams"
    say_hello(slack, teams)
    try:
        yield address, slack, teams
    finally:
        await runner.cleanup()


async def _serve(port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with open_page(port) as (address, _, _):
        sys.stdout.write(json.dumps({"url": address}) + "\n")
        sys.stdout.flush()
        await stopped.wait()


def main() -> None:
    """Serve until the process is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m integrations.sandbox.page")
    parser.add_argument("--port", type=int, default=8010, help="0 takes a free one")
    asyncio.run(_serve(parser.parse_args().port))


if __name__ == "__main__":
    main()

"""Runs the Teams stand-in alone: one JSON line on standard output says when it is ready."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from integrations.sandbox.teams.model import Json
from integrations.sandbox.teams.seed import DEFAULT_SEED, plant
from integrations.sandbox.teams.standin import TeamsStandIn, run


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m integrations.sandbox.teams",
        description="A local stand-in for Microsoft Teams, on loopback only.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--events-url", default="", help="where activities are posted")
    parser.add_argument("--app-id", default="", help="sign and demand tokens for this app")
    parser.add_argument("--app-password", default="", help="the app's client secret")
    parser.add_argument("--seed", type=Path, help="a JSON file with tenants")
    parser.add_argument("--time-factor", type=float, default=1.0, help="shortens resend waits")
    parser.add_argument("--no-pace", action="store_true", help="do not enforce rates")
    parser.add_argument("--no-bodies", action="store_true", help="journal without bodies")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace, seed: Json) -> None:
    stand_in = TeamsStandIn(
        events_url=arguments.events_url,
        app_id=arguments.app_id,
        app_password=arguments.app_password,
        time_factor=arguments.time_factor,
        keep_bodies=not arguments.no_bodies,
    )
    plant(stand_in.world, seed)
    for workspace in stand_in.world.workspaces.values():
        workspace.faults.enforce_pace = not arguments.no_pace
    runner = await run(stand_in, arguments.port)
    ready = {
        "platform": "teams",
        "url": stand_in.public_url,
        "bot": stand_in.world.bot.id,
        "metadata_url": stand_in.open_id_metadata_url,
        "graph_url": stand_in.graph_url,
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    """Serve until the process is told to stop."""
    arguments = _arguments()
    seed = json.loads(arguments.seed.read_text()) if arguments.seed else DEFAULT_SEED
    asyncio.run(_serve(arguments, seed))


if __name__ == "__main__":
    main()

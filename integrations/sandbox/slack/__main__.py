"""Run the stand-in alone: `python -m integrations.sandbox.slack --events-url URL …`."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from integrations.sandbox.slack.app import SlackStandIn
from integrations.sandbox.slack.model import Json

DEFAULT_SEED: Json = {
    "apps": [{"name": "Mayoral Exchange", "commands": ["/exchange"]}],
    "workspaces": [
        {
            "id": "T0BOSTON001",
            "name": "City of Boston",
            "members": [{"id": "U0ANARUIZ01", "name": "ana", "real_name": "Ana Ruiz"}],
            "installations": [{"token": "xoxb-sandbox-boston"}],
            "channels": [{"id": "C0HOUSING01", "name": "housing", "bots": True}],
        }
    ],
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m integrations.sandbox.slack")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--events-url", default="", help="where events and interactions go")
    parser.add_argument("--signing-secret", default="", help="what they are signed with")
    parser.add_argument("--app-token", default="", help="xapp-…: Socket Mode instead of HTTP")
    parser.add_argument("--seed", type=Path, help="JSON file with apps and workspaces")
    parser.add_argument("--time-factor", type=float, default=1.0, help="shortens retry waits")
    parser.add_argument("--no-pace", action="store_true", help="do not enforce rates")
    parser.add_argument("--no-bodies", action="store_true", help="keep no bodies in the journal")
    return parser.parse_args()


def _seed(arguments: argparse.Namespace) -> Json:
    seed = DEFAULT_SEED
    if arguments.seed is not None:
        seed = json.loads(arguments.seed.read_text("utf-8"))
    given = {
        "events_url": arguments.events_url,
        "signing_secret": arguments.signing_secret,
        "app_token": arguments.app_token,
    }
    first, *others = seed["apps"]
    first = {**first, **{name: value for name, value in given.items() if value}}
    if arguments.app_token:
        first["socket_mode"] = True
    return {**seed, "apps": [first, *others]}


async def _serve(arguments: argparse.Namespace) -> None:
    standin = SlackStandIn(
        _seed(arguments),
        time_factor=arguments.time_factor,
        keep_bodies=not arguments.no_bodies,
    )
    for workspace in standin.state.workspaces:
        standin.faults(workspace).enforce_pace = not arguments.no_pace
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    url = await standin.start(arguments.port)
    sys.stdout.write(json.dumps({"base_url": url, "api_url": standin.api_url}) + "\n")
    sys.stdout.flush()
    await stopped.wait()
    await standin.stop()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))

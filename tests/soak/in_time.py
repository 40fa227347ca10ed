"""`python -m tests.soak.in_time TIME-FILE …`: a real process in the time of a file.

`… service WORDS` is `python -m service WORDS`; `… slack SEED EVENTS-URL PORT` and `… teams` run the
stand-ins, which also tell everything they hold at `/soak/everything`.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from integrations.sandbox.slack.app import SlackStandIn
from integrations.sandbox.teams.seed import plant
from integrations.sandbox.teams.standin import TeamsStandIn, run
from tests.soak.shared_time import follow

Clock = Callable[[], datetime]
Json = dict[str, Any]


async def slack(seed: Json, events_url: str, port: int, clock: Clock) -> None:
    """Serve the Slack stand-in until the process is killed."""
    seed["apps"][0]["events_url"] = events_url
    standin = SlackStandIn(seed, clock=clock, monotonic=lambda: clock().timestamp())

    async def everything(request: web.Request) -> web.Response:
        messages = [
            {
                **message.as_json(metadata=True),
                "workspace": workspace.id,
                "name": place.name,
                "conversation": place.id,
            }
            for workspace in standin.state.workspaces.values()
            for place in workspace.conversations.values()
            for message in place.messages.values()
        ]
        events = [
            {
                "workspace": one.workspace,
                "event": one.envelope["event"],
                "statuses": [attempt.status for attempt in one.attempts],
            }
            for one in standin.outgoing.deliveries
        ]
        return web.json_response({"messages": messages, "events": events})

    standin.app.router.add_get("/soak/everything", everything)
    await standin.start(port)
    await asyncio.Event().wait()


async def teams(seed: Json, events_url: str, port: int, clock: Clock) -> None:
    """Serve the Teams stand-in until the process is killed."""
    standin = TeamsStandIn(events_url=events_url, clock=clock)
    plant(standin.world, seed)
    events: list[Json] = []

    async def listen() -> None:
        async for change in standin.changes.subscribe():
            if change["kind"] == "event_sent":
                events.append(change)

    async def everything(request: web.Request) -> web.Response:
        messages = [
            {**told, "workspace": key, "name": place.name, "conversation": place.id}
            for key, workspace in standin.world.workspaces.items()
            for place in workspace.conversations.values()
            for told in _told(standin, workspace, place)
        ]
        under_way = len(standin.courier._tasks)
        return web.json_response({"messages": messages, "events": events, "under_way": under_way})

    standin.app.router.add_get("/soak/everything", everything)
    listener = asyncio.create_task(listen())
    await run(standin, port)
    await listener


def _told(standin: TeamsStandIn, workspace: Any, place: Any) -> list[Json]:
    shown = standin._snapshot.conversation(workspace, place, len(place.messages))
    return list(shown["messages"]) if place.kind == "channel" else []


def main() -> int:
    """Run what the words say."""
    path, what, *words = sys.argv[1:]
    clock = follow(Path(path))
    if what == "service":
        from service.__main__ import main as service_main

        return service_main(words)
    seed, events_url, port = words
    serve = slack if what == "slack" else teams
    asyncio.run(serve(json.loads(Path(seed).read_text()), events_url, int(port), clock))
    return 0


if __name__ == "__main__":
    sys.exit(main())

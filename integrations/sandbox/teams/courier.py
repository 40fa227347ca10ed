"""Carries activities to the bot: in order per conversation, with Teams' 15 seconds and a resend.

Teams gives a bot 15 seconds and sends again when it hears nothing, so a bot sees some
activities twice. `time_factor` shortens those waits for tests.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from integrations.sandbox.teams.auth import Identity
from integrations.sandbox.teams.model import Json
from integrations.sandbox.world import Changes

logger = logging.getLogger(__name__)

ANSWER_TIMEOUT = 15.0
RESEND_AFTER = 5.0


@dataclass(slots=True, frozen=True)
class BotAnswer:
    """What the bot answered: the HTTP status (0: nothing in time) and its JSON body."""

    status: int
    body: Any = None

    @property
    def fine(self) -> bool:
        """Whether the bot took the activity."""
        return 200 <= self.status < 300


@dataclass(slots=True)
class Courier:
    """Posts activities to `events_url`; an empty one drops them, as with no bot registered."""

    identity: Identity
    changes: Changes
    events_url: str = ""
    time_factor: float = 1.0
    resends: int = 1
    session: aiohttp.ClientSession | None = None
    delivered: int = 0
    given_up: int = 0
    _queues: dict[str, list[tuple[str, Json]]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Open the one client session."""
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def stop(self) -> None:
        """Drop what is still waiting and close the session."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._queues.clear()
        if self.session is not None:
            await self.session.close()

    def send(self, workspace: str, activity: Json) -> None:
        """Queue an activity behind the earlier ones of its conversation. Never blocks."""
        if not self.events_url:
            return
        conversation = activity["conversation"]["id"]
        waiting = self._queues.get(conversation)
        if waiting is not None:
            waiting.append((workspace, activity))
            return
        self._queues[conversation] = [(workspace, activity)]
        task = asyncio.create_task(self._drain(conversation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until nothing is waiting for the bot."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _drain(self, conversation: str) -> None:
        waiting = self._queues[conversation]
        while waiting:
            workspace, activity = waiting[0]
            await self._deliver(workspace, activity)
            waiting.pop(0)
        del self._queues[conversation]

    async def _deliver(self, workspace: str, activity: Json) -> None:
        for attempt in range(self.resends + 1):
            if attempt:
                await asyncio.sleep(RESEND_AFTER * self.time_factor)
            answer = await self.post(activity, ANSWER_TIMEOUT * max(self.time_factor, 0.1))
            self.changes.publish(
                "event_sent",
                workspace,
                activity["conversation"]["id"],
                activity=activity["type"],
                message=activity["id"],
                status=answer.status,
                attempt=attempt + 1,
            )
            # A refusal is an answer; only silence and server errors are worth another try.
            if answer.status and answer.status < 500:
                self.delivered += 1
                return
        self.given_up += 1
        logger.warning("the bot did not take a %s activity", activity["type"])

    async def post(self, activity: Json, seconds: float = ANSWER_TIMEOUT) -> BotAnswer:
        """Post one activity now and give what the bot answered within `seconds`.

        Never raises for the network: silence is status 0.
        """
        if self.session is None or not self.events_url:
            return BotAnswer(0)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self.identity.enforced:
            token = self.identity.token_for_bot(activity["serviceUrl"])
            headers["Authorization"] = f"Bearer {token}"
        timeout = aiohttp.ClientTimeout(total=seconds)
        data = json.dumps(activity, ensure_ascii=False).encode()
        try:
            async with self.session.post(
                self.events_url, data=data, headers=headers, timeout=timeout
            ) as response:
                return BotAnswer(response.status, _json_or_none(await response.read()))
        except (aiohttp.ClientError, TimeoutError):
            return BotAnswer(0)


def _json_or_none(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None

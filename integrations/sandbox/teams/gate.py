"""What every request of a bot goes through: token, place, faults, pace, one at a time, journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from integrations.sandbox.teams.auth import BOT_AUDIENCE, Identity
from integrations.sandbox.teams.checks import check_size, read_json
from integrations.sandbox.teams.model import (
    THREAD_MARK,
    Conversation,
    Json,
    Member,
    Workspace,
    World,
    split_thread,
)
from integrations.sandbox.teams.pace import PER_TENANT, REACTIONS, READING, SENDING, Pace, Rates
from integrations.sandbox.teams.refusals import (
    RefusalError,
    bad_syntax,
    conversation_not_found,
    precondition_failed,
    server_error,
    too_many,
    unauthorized,
)
from integrations.sandbox.world import Clock, Fate, Faults, Journal, cut_connection

SILENCE_STEP = 0.05
BUCKETS = {id(SENDING): "send", id(REACTIONS): "react", id(READING): "read"}
Act = Callable[["Call"], "tuple[int, Any, str]"]


@dataclass(slots=True)
class Call:
    """One request, once it is known whom and what it is about."""

    request: web.Request
    workspace: Workspace
    place: Conversation | None
    root: str
    body: Json
    method: str

    @property
    def conversation_id(self) -> str:
        """The conversation as the caller named it."""
        if self.place is None:
            return ""
        return f"{self.place.id}{THREAD_MARK}{self.root}" if self.root else self.place.id


async def keep_silent(request: web.Request, faults: Faults) -> None:
    """Say nothing until the hang is lifted or the caller has gone."""
    # A fault is a plain value that anyone may change, so there is no signal to wait for.
    while faults.hang and not _gone(request):  # noqa: ASYNC110
        await asyncio.sleep(SILENCE_STEP)


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


@dataclass(slots=True)
class Gate:
    """Lets requests of bots through to what they do. Every request is written to `journal`."""

    world: World
    identity: Identity
    journal: Journal
    clock: Clock
    pace: Pace = field(default_factory=Pace)
    _busy: set[str] = field(default_factory=set)

    async def answer(
        self, request: web.Request, method: str, act: Act, rates: Rates, *, write: bool
    ) -> web.Response:
        """Do `act` for a request, or answer why not.

        `act` gives the status, the JSON body (None: no body) and the id of the message that it
        made or changed; it may raise RefusalError.
        """
        raw = await request.read()
        call: Call | None = None
        try:
            self.authorize(request)
            if write:
                check_size(raw)
            body = read_json(raw) if raw and write else {}
            call = self._locate(request, method, body)
            return await self._with_faults(call, act, rates, write=write)
        except RefusalError as refusal:
            self._note(call, method, refusal.status, "")
            return refusal.answer()

    async def _with_faults(
        self, call: Call, act: Act, rates: Rates, *, write: bool
    ) -> web.Response:
        faults = call.workspace.faults
        fate = faults.decide(write=write)
        if fate is Fate.CUT_BEFORE or fate is Fate.HANG:
            self._note(call, call.method, 0, "")
            if fate is Fate.HANG:
                await keep_silent(call.request, faults)
            cut_connection(call.request)
            return web.Response()
        if fate is Fate.RATE_LIMITED and faults.rate_limit is not None:
            raise too_many(faults.rate_limit.retry_after)
        if fate is Fate.PRECONDITION_FAILED:
            raise precondition_failed()
        if call.workspace.server_errors > 0:
            call.workspace.server_errors -= 1
            raise server_error(503 if call.workspace.server_errors % 2 else 502)
        if faults.enforce_pace:
            self._keep_pace(call, rates)
        async with self._alone(call, write=write):
            if faults.delay:
                await asyncio.sleep(faults.delay)
            status, answer, message_id = act(call)
        if fate is Fate.CUT_AFTER:
            self._note(call, call.method, 0, message_id)
            cut_connection(call.request)
            return web.Response()
        self._note(call, call.method, status, message_id)
        if answer is None:
            return web.Response(status=status)
        return web.json_response(answer, status=status)

    @asynccontextmanager
    async def _alone(self, call: Call, *, write: bool) -> AsyncIterator[None]:
        """Two writes to one conversation at the same moment: the second fails with 412."""
        key = call.conversation_id
        if not write or not key or not call.workspace.faults.delay:
            yield
            return
        if key in self._busy:
            raise precondition_failed()
        self._busy.add(key)
        try:
            yield
        finally:
            self._busy.discard(key)

    def authorize(self, request: web.Request) -> None:
        """Raises RefusalError 401 unless the request holds a token for the Bot Connector."""
        if self.identity.enforced and not self.identity.accepts(
            request.headers.get("Authorization", ""), BOT_AUDIENCE
        ):
            raise unauthorized()

    def _locate(self, request: web.Request, method: str, body: Json) -> Call:
        info = request.match_info
        if "conversation" in info:
            base, root = split_thread(info["conversation"])
            place = self.world.conversations.get(base)
            if place is None or place.deleted:
                raise conversation_not_found()
            workspace = self.world.workspaces[place.workspace]
            return Call(request, workspace, place, root, body, method)
        if "team" in info:
            general = self.world.conversations.get(info["team"])
            if general is None:
                raise conversation_not_found()
            team = self.world.workspaces[general.workspace]
            return Call(request, team, None, "", body, method)
        return self._locate_new(request, method, body)

    def _locate_new(self, request: web.Request, method: str, body: Json) -> Call:
        data = body.get("channelData")
        data = data if isinstance(data, dict) else {}
        channel = data.get("channel")
        channel_id = channel.get("id") if isinstance(channel, dict) else None
        channel_id = channel_id or data.get("teamsChannelId")
        if channel_id:
            base, _ = split_thread(str(channel_id))
            place = self.world.conversations.get(base)
            if place is None or place.deleted or place.kind != "channel":
                raise conversation_not_found()
            workspace = self.world.workspaces[place.workspace]
            return Call(request, workspace, place, "", body, method)
        return self._locate_person(request, method, body, data)

    def _locate_person(self, request: web.Request, method: str, body: Json, data: Json) -> Call:
        tenant = data.get("tenant")
        tenant_id = tenant.get("id") if isinstance(tenant, dict) else None
        tenant_id = tenant_id or body.get("tenantId")
        if not tenant_id:
            raise bad_syntax("Incorrect conversation creation parameters: no tenant")
        tenants = self.world.tenants.get(str(tenant_id))
        if not tenants:
            raise bad_syntax("Invalid user identity in provided tenant")
        workspace = next((w for w in tenants if _first_member(body, w)), tenants[0])
        return Call(request, workspace, None, "", body, method)

    def _keep_pace(self, call: Call, rates: Rates) -> None:
        now = self.clock().timestamp()
        kind = BUCKETS[id(rates)]
        key = call.workspace.key if rates is REACTIONS else call.conversation_id
        tenant = call.workspace.tenant_id
        wait = self.pace.wait("tenant", tenant, PER_TENANT, now)
        if key:
            wait = max(wait, self.pace.wait(kind, key, rates, now))
        if wait:
            raise too_many(wait)
        self.pace.take("tenant", tenant, PER_TENANT, now)
        if key:
            self.pace.take(kind, key, rates, now)

    def _note(self, call: Call | None, method: str, status: int, message_id: str) -> None:
        self.journal.add(
            workspace=call.workspace.key if call else "",
            method=method,
            conversation=call.conversation_id if call else "",
            body=call.body if call else None,
            status=status,
            message_id=message_id,
        )


def _first_member(body: Json, workspace: Workspace) -> Member | None:
    members = body.get("members")
    first = members[0] if isinstance(members, list) and members else None
    return workspace.find_member(str(first.get("id", ""))) if isinstance(first, dict) else None

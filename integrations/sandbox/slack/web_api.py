"""`/api/{method}`: who calls, how fast, with what fault; then the method itself."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from integrations.sandbox.slack import (
    chat,
    consent,
    conversations,
    directory,
    files,
    reactions,
    views,
)
from integrations.sandbox.slack.arguments import Arguments, read_arguments
from integrations.sandbox.slack.call import Call, Method
from integrations.sandbox.slack.events import Outgoing
from integrations.sandbox.slack.model import Grant, Installation, Json, SlackApiError
from integrations.sandbox.slack.pace import (
    POST_BURST_PER_CHANNEL,
    POST_PER_MINUTE_PER_WORKSPACE,
    POST_PER_SECOND_PER_CHANNEL,
    UNLISTED_HISTORY_PER_MINUTE,
    Pace,
)
from integrations.sandbox.slack.state import State
from integrations.sandbox.world import Fate, cut_connection

METHODS: dict[str, Method] = {
    **chat.METHODS,
    **consent.METHODS,
    **conversations.METHODS,
    **reactions.METHODS,
    **directory.METHODS,
    **files.METHODS,
    **views.METHODS,
}
HISTORY = frozenset({"conversations.history", "conversations.replies"})


@dataclass(slots=True)
class _Outcome:
    status: int
    answer: Json
    message_id: str = ""
    retry_after: int = 0


class WebApi:
    """Answers the Web API for every workspace."""

    def __init__(
        self, state: State, outgoing: Outgoing, pace: Pace, closing: asyncio.Event
    ) -> None:
        self._state = state
        self._outgoing = outgoing
        self._pace = pace
        self._closing = closing

    async def handle(self, request: web.Request) -> web.Response:
        """One call."""
        name = request.match_info["method"]
        try:
            arguments, token_allowed = await read_arguments(request)
            token = _token(request, arguments if token_allowed else Arguments())
            arguments.pop("token", None)
            if name in _SPECIAL:
                return _response(await self._special(name, request, token, arguments))
            method = METHODS.get(name)
            if method is None:
                raise SlackApiError("unknown_method", req_method=name)
            installation = self._installation(token, arguments)
        except SlackApiError as error:
            return _response(_error_answer(error))
        return await self._answer(request, name, method, installation, arguments)

    async def _answer(
        self,
        request: web.Request,
        name: str,
        method: Method,
        installation: Installation,
        arguments: Arguments,
    ) -> web.Response:
        state = self._state
        faults = state.faults_of(installation.workspace)
        fate = faults.decide(write=method.writes)
        if faults.delay:
            await asyncio.sleep(faults.delay)
        if fate is Fate.NORMAL or fate is Fate.CUT_AFTER:
            outcome = self._perform(name, method, installation, arguments)
        elif fate is Fate.RATE_LIMITED:
            limit = faults.rate_limit
            outcome = _limited(limit.retry_after if limit is not None else 1)
        else:
            outcome = _Outcome(0, {})
        cut = fate in {Fate.CUT_BEFORE, Fate.CUT_AFTER, Fate.HANG}
        state.journal.add(
            workspace=installation.workspace,
            method=name,
            conversation=arguments.text("channel") or arguments.text("channel_id"),
            body=arguments,
            status=0 if cut else outcome.status,
            message_id=outcome.message_id,
        )
        if fate is Fate.HANG:
            await self._closing.wait()
        if cut:
            cut_connection(request)
        return _response(outcome.answer, outcome, installation)

    def _perform(
        self, name: str, method: Method, installation: Installation, arguments: Arguments
    ) -> _Outcome:
        workspace = self._state.workspaces[installation.workspace]
        if self._state.faults_of(workspace.id).enforce_pace:
            wait = self._wait_for(name, method, installation, arguments)
            if wait:
                return _limited(wait)
        call = Call(self._state, workspace, installation, arguments)
        try:
            if method.scopes and not installation.scopes.intersection(method.scopes):
                call.require_scope(method.scopes[0])
            answer = method.answer(call)
        except SlackApiError as error:
            return _Outcome(200, _error_answer(error))
        answer["ok"] = True
        return _Outcome(200, answer, call.message_id)

    def _wait_for(
        self, name: str, method: Method, installation: Installation, arguments: Arguments
    ) -> int:
        key = (installation.workspace, installation.app.id, name)
        if name == "chat.postMessage":
            minute = POST_PER_MINUTE_PER_WORKSPACE
            channel = (*key, arguments.text("channel"))
            return self._pace.wait_for(
                channel, POST_BURST_PER_CHANNEL, POST_PER_SECOND_PER_CHANNEL
            ) or self._pace.wait_for(key, minute, minute / 60)
        limit = int(method.tier)
        if name in HISTORY and installation.app.unlisted:
            limit = UNLISTED_HISTORY_PER_MINUTE
        return self._pace.wait_for(key, limit, limit / 60) if limit else 0

    def _installation(self, token: str, arguments: Arguments) -> Installation:
        if not token:
            raise SlackApiError("not_authed")
        grant = self._state.tokens.get(token)
        if grant is None:
            raise SlackApiError("invalid_auth")
        if grant.status == "uninstalled":
            raise SlackApiError("account_inactive")
        if grant.status == "revoked" or token not in grant.live:
            raise SlackApiError("token_revoked")
        ends = grant.live[token]
        if ends is not None and ends <= self._state.clock():
            raise SlackApiError("token_expired")
        return self._place(grant, arguments)

    def _place(self, grant: Grant, arguments: Arguments) -> Installation:
        """Where a token is used: an organization's opens several workspaces, and `team_id`, a
        channel or a person says which is meant."""
        places = [
            (workspace, installation)
            for workspace in self._state.workspaces.values()
            for installation in workspace.installations
            if installation.grant is grant
        ]
        team = arguments.text("team_id")
        if team and grant.team in self._state.organizations:
            places = [place for place in places if place[0].id == team]
        named = {arguments.text(name) for name in ("channel", "user", "users", "user_id")} - {""}
        for workspace, installation in places:
            if named & (workspace.conversations.keys() | workspace.members.keys()):
                return installation
        if not places:
            raise SlackApiError("team_access_not_granted")
        return places[0][1]

    async def _special(
        self, name: str, request: web.Request, token: str, arguments: Arguments
    ) -> Json:
        kind = arguments.text("grant_type")
        self._state.journal.add(workspace="", method=name, body={"grant_type": kind})
        if name == "api.test":
            if arguments.text("error"):
                raise SlackApiError(arguments.text("error"), args=dict(arguments))
            return {"ok": True, "args": {k: v for k, v in arguments.items() if k != "token"}}
        if name == "oauth.v2.access":
            return consent.access(self._state, request, arguments)
        app = next((a for a in self._state.apps.values() if token and a.app_token == token), None)
        if app is None:
            raise SlackApiError(
                "not_allowed_token_type" if token in self._state.tokens else "invalid_auth"
            )
        ticket = self._state.new_secret()
        self._outgoing.sockets.add_ticket(ticket, app.id)
        base = self._state.base_url.replace("http", "ws", 1)
        return {"ok": True, "url": f"{base}/link/?ticket={ticket}&app_id={app.id}"}


_SPECIAL = frozenset({"api.test", "oauth.v2.access", "apps.connections.open"})


def _token(request: web.Request, arguments: Arguments) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return arguments.text("token")


def _error_answer(error: SlackApiError) -> Json:
    return {"ok": False, "error": error.code, **error.extra}


def _limited(retry_after: int) -> _Outcome:
    return _Outcome(429, {"ok": False, "error": "ratelimited"}, retry_after=retry_after)


def _response(
    answer: Any, outcome: _Outcome | None = None, installation: Installation | None = None
) -> web.Response:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if installation is not None:
        headers["x-oauth-scopes"] = installation.scope_header
    status = 200
    if outcome is not None and outcome.status == 429:
        status = 429
        headers["Retry-After"] = str(outcome.retry_after)
    return web.Response(body=json.dumps(answer).encode(), status=status, headers=headers)

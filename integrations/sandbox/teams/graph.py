"""The part of Microsoft Graph that fills gaps: a channel's messages, by delta and one by one.

Source: chatMessage: delta (v1.0) with `$top` (50 at most), `$expand=replies`, `$filter` on
lastModifiedDateTime, and the links to the next page and the next round. Reading needs
ChannelMessage.Read.Group, the consent of the team; without it the answer is 403.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from aiohttp import web

from integrations.sandbox.teams.auth import GRAPH_AUDIENCE, Identity
from integrations.sandbox.teams.chat_message import Drawing
from integrations.sandbox.teams.gate import keep_silent
from integrations.sandbox.teams.model import (
    Conversation,
    Json,
    Message,
    Workspace,
    World,
)
from integrations.sandbox.world import Fate, Journal, cut_connection

LARGEST_PAGE = 50
BASE = "/v1.0/teams/{team}/channels/{channel}/messages"


class GraphError(Exception):
    """Graph says no, with a code and a message."""

    def __init__(self, status: int, code: str, message: str, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after

    def answer(self) -> web.Response:
        """The HTTP answer in Graph's shape."""
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else None
        error = {"code": self.code, "message": self.message, "innerError": {}}
        return web.json_response({"error": error}, status=self.status, headers=headers)


@dataclass(slots=True, frozen=True)
class Round:
    """The state of one delta round, as its links carry it.

    `shown` is the last change that the caller has been given.
    """

    shown: int
    top: int
    replies: bool
    after: str = ""

    def token(self) -> str:
        """This state as an opaque text."""
        raw = json.dumps([self.shown, self.top, self.replies, self.after]).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def read(cls, token: str) -> Round:
        """The state of a token. Raises GraphError 400."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            shown, top, replies, after = json.loads(raw)
            return cls(int(shown), int(top), bool(replies), str(after))
        except (ValueError, TypeError, binascii.Error):
            raise GraphError(400, "BadRequest", "The state token cannot be read.") from None


@dataclass(slots=True)
class Graph:
    """Answers Graph requests of the app."""

    world: World
    identity: Identity
    journal: Journal
    drawing: Drawing

    def routes(self) -> list[web.RouteDef]:
        """The routes below `/v1.0`."""
        return [
            web.get(BASE + "/delta", self.delta),
            web.get(BASE + "/delta()", self.delta),
            web.get(BASE, self.messages),
            web.get(BASE + "/{message}", self.message),
            web.get(BASE + "/{message}/replies", self.replies),
            web.get(BASE + "/{message}/replies/{reply}", self.reply),
            web.get(BASE + "/{message}/hostedContents/{file}/$value", self.hosted),
        ]

    async def delta(self, request: web.Request) -> web.Response:
        """New, changed and deleted messages since the last round."""
        return await self._answer(request, "GET delta", self._delta)

    async def messages(self, request: web.Request) -> web.Response:
        """The newest root messages."""
        return await self._answer(request, "GET messages", self._messages)

    async def message(self, request: web.Request) -> web.Response:
        """One root message."""
        return await self._answer(request, "GET message", self._one)

    async def replies(self, request: web.Request) -> web.Response:
        """A root message's replies."""
        return await self._answer(request, "GET replies", self._replies)

    async def reply(self, request: web.Request) -> web.Response:
        """One reply."""
        return await self._answer(request, "GET reply", self._one)

    async def hosted(self, request: web.Request) -> web.StreamResponse:
        """The bytes of an inline image."""
        try:
            self._channel(request)
        except GraphError as error:
            return error.answer()
        file = self.world.files.get(request.match_info["file"])
        if file is None:
            return GraphError(404, "NotFound", "No such hosted content.").answer()
        return web.Response(body=file.content, content_type=file.content_type)

    async def _answer(
        self,
        request: web.Request,
        method: str,
        act: Callable[[web.Request, Workspace, Conversation], Any],
    ) -> web.Response:
        workspace = self._team(request)
        fate = workspace.faults.decide(write=False) if workspace else Fate.NORMAL
        if workspace and fate in (Fate.CUT_BEFORE, Fate.HANG):
            self._note(request, workspace, method, 0)
            if fate is Fate.HANG:
                await keep_silent(request, workspace.faults)
            cut_connection(request)
            return web.Response()
        try:
            if fate is Fate.RATE_LIMITED and workspace and workspace.faults.rate_limit:
                wait = workspace.faults.rate_limit.retry_after
                raise GraphError(429, "TooManyRequests", "Too many requests.", wait)
            if workspace and workspace.faults.delay:
                await asyncio.sleep(workspace.faults.delay)
            found, channel = self._channel(request)
            body = act(request, found, channel)
        except GraphError as error:
            self._note(request, workspace, method, error.status)
            return error.answer()
        self._note(request, workspace, method, 200)
        return web.json_response(body)

    def _note(
        self, request: web.Request, workspace: Workspace | None, method: str, status: int
    ) -> None:
        self.journal.add(
            workspace=workspace.key if workspace else "",
            method=f"graph {method}",
            conversation=request.match_info["channel"],
            status=status,
        )

    def _team(self, request: web.Request) -> Workspace | None:
        team = request.match_info["team"]
        found = (w for w in self.world.workspaces.values() if w.group_id == team)
        return next(found, None)

    def _channel(self, request: web.Request) -> tuple[Workspace, Conversation]:
        authorization = request.headers.get("Authorization", "")
        if not self.identity.accepts(authorization, GRAPH_AUDIENCE):
            raise GraphError(401, "InvalidAuthenticationToken", "Access token is invalid.")
        workspace = self._team(request)
        if workspace is None:
            raise GraphError(404, "NotFound", "No team found with this group id.")
        if not workspace.graph_consent or not workspace.installed:
            raise GraphError(
                403, "Forbidden", "Missing role permissions: ChannelMessage.Read.Group"
            )
        channel = workspace.conversations.get(request.match_info["channel"])
        if channel is None or channel.deleted or channel.kind != "channel":
            raise GraphError(404, "NotFound", "No thread found with this id.")
        return workspace, channel

    def _delta(self, request: web.Request, workspace: Workspace, channel: Conversation) -> Json:
        state = self._round(request)
        roots = [
            message
            for message in channel.messages.values()
            if not message.root and not message.visible_to and message.changed > state.shown
        ]
        roots.sort(key=lambda message: message.changed)
        if state.after:
            limit = _moment(state.after)
            roots = [m for m in roots if _modified(channel, m) > limit]
        page = roots[: state.top]
        shown = page[-1].changed if page else max(state.shown, channel.changes)
        more = len(roots) > len(page)
        after = state.after if more else ""
        link = Round(shown, state.top, state.replies, after)
        value = [self._root(workspace, channel, root, replies=state.replies) for root in page]
        name = "@odata.nextLink" if more else "@odata.deltaLink"
        if not more:
            link = Round(shown, state.top, state.replies)
        address = self._address(workspace, channel, "$skiptoken" if more else "$deltatoken", link)
        context = self._context("Collection(chatMessage)")
        return {"@odata.context": context, name: address, "value": value}

    def _round(self, request: web.Request) -> Round:
        query = request.query
        token = query.get("$skiptoken") or query.get("$deltatoken")
        if token:
            return Round.read(token)
        try:
            top = min(LARGEST_PAGE, max(1, int(query.get("$top", "20"))))
        except ValueError:
            raise GraphError(400, "BadRequest", "$top is no number.") from None
        after = ""
        if wanted := query.get("$filter"):
            field_name, _, rest = wanted.partition(" ")
            operator, _, after = rest.partition(" ")
            if field_name != "lastModifiedDateTime" or operator != "gt":
                raise GraphError(400, "BadRequest", "Only lastModifiedDateTime gt is supported.")
            _moment(after)
        return Round(0, top, query.get("$expand", "").startswith("replies"), after)

    def _address(self, workspace: Workspace, channel: Conversation, name: str, state: Round) -> str:
        path = f"/v1.0/teams/{workspace.group_id}/channels/{quote(channel.id, safe=':@')}"
        return f"{self.drawing.public_url()}{path}/messages/delta?{name}={state.token()}"

    def _context(self, name: str) -> str:
        return f"{self.drawing.public_url()}/v1.0/$metadata#{name}"

    def _root(
        self, workspace: Workspace, channel: Conversation, root: Message, *, replies: bool
    ) -> Json:
        found = self.drawing.chat_message(workspace, channel, root)
        if not replies:
            return found
        found["replies@odata.context"] = self._context("replies")
        found["replies"] = [
            self.drawing.chat_message(workspace, channel, reply)
            for reply in channel.messages.values()
            if reply.root == root.id and not reply.visible_to
        ]
        return found

    def _messages(self, request: web.Request, workspace: Workspace, channel: Conversation) -> Json:
        state = self._round(request)
        roots = [m for m in channel.messages.values() if not m.root and not m.visible_to]
        newest = roots[::-1][: state.top]
        return {
            "@odata.context": self._context("Collection(chatMessage)"),
            "@odata.count": len(newest),
            "value": [self.drawing.chat_message(workspace, channel, m) for m in newest],
        }

    def _one(self, request: web.Request, workspace: Workspace, channel: Conversation) -> Json:
        info = request.match_info
        message = channel.messages.get(info.get("reply") or info["message"])
        if message is None or message.visible_to:
            raise GraphError(404, "NotFound", "No message found with this id.")
        return self.drawing.chat_message(workspace, channel, message)

    def _replies(self, request: web.Request, workspace: Workspace, channel: Conversation) -> Json:
        root = request.match_info["message"]
        if root not in channel.messages:
            raise GraphError(404, "NotFound", "No message found with this id.")
        found = [m for m in channel.messages.values() if m.root == root and not m.visible_to]
        return {
            "@odata.context": self._context("Collection(chatMessage)"),
            "@odata.count": len(found),
            "value": [self.drawing.chat_message(workspace, channel, m) for m in found[::-1]],
        }


def _modified(channel: Conversation, root: Message) -> datetime:
    moments: list[datetime] = []
    for message in channel.messages.values():
        if message.thread == root.id:
            moments += [
                m for m in (message.created, message.edited, message.deleted) if m is not None
            ]
    return max(moments)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip().upper().replace("Z", "+00:00"))
    except ValueError:
        raise GraphError(400, "BadRequest", "The moment cannot be read.") from None
    if moment.tzinfo is None:
        raise GraphError(400, "BadRequest", "The moment has no time zone.")
    return moment

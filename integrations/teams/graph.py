"""Filling gaps from Microsoft Graph, where a team has agreed to it (`TEAMS_GRAPH`).

"chatMessage: delta" on learn.microsoft.com: messages of a channel since a time, with their replies,
edits and deletions; needs the team's consent to ChannelMessage.Read.Group. Channels only.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from typing_extensions import override
from yarl import URL

from core.channels import lane_of
from core.check_ups import Finding
from core.events import Ignored, Malformed, Received
from core.failures import Later, Refused
from core.ids import EventKey, ExternalMember, ExternalMessage
from core.places import Workspace
from core.ports import Abilities, Destination, FileStore
from core.posts import IncomingFile
from integrations.common.hosts import is_allowed_url
from integrations.teams.client import read_limited
from integrations.teams.clock import Clock
from integrations.teams.errors import failure_of
from integrations.teams.fields import objects_at, text_at, time_of, time_of_id
from integrations.teams.graph_messages import parse_graph
from integrations.teams.ids import TEAMS, in_path, is_chat, join_thread, team_of
from integrations.teams.platform import TeamsPlatform
from integrations.teams.settings import TeamsSettings

_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10, sock_connect=5)
_MOST_PAGES = 400
_MOST_ANSWER = 20_000_000
_PAGE = "50"
_CONSENT_GONE = frozenset({"Forbidden", "Authorization_RequestDenied", "http_403"})
_HISTORY_PERMISSION = "ChannelMessage.Read.Group"


class GraphTeamsPlatform(TeamsPlatform):
    """Teams with history. Keeps `core.ports.SupportsHistory` as well."""

    def __init__(
        self,
        *,
        settings: TeamsSettings,
        files: FileStore,
        session: aiohttp.ClientSession,
        clock: Clock,
    ) -> None:
        super().__init__(settings=settings, files=files, session=session, clock=clock)
        self._graph_url = settings.endpoints.graph_url
        self._app_id = settings.app_id
        self._session = session
        self._groups: dict[str, str] = {}
        self._people: dict[tuple[str, str], str] = {}

    @property
    @override
    def abilities(self) -> Abilities:
        """What Teams can do, and history."""
        return replace(super().abilities, history=True)

    async def history(
        self, destination: Destination, since: str, threads: Sequence[ExternalMessage]
    ) -> AsyncIterator[Received]:
        """What happened in a channel after the message `since`, oldest first.

        Nothing for chats, and nothing when `since` tells no time. An edit or deletion of an older
        message counts as well.
        """
        start = time_of_id(since)
        if start is None or is_chat(destination.conversation):
            return
        messages = await self._changed(destination, start, threads)
        found: dict[EventKey, Received] = {}
        for message in messages:
            author = await self._author(destination.workspace, message)
            for received in self._events(destination, message, author, start):
                found.setdefault(received.key, received)
        # Within a millisecond the ids tell, which count up over the threads of a channel.
        for received in sorted(found.values(), key=lambda item: (item.at, item.key.split("|")[1:])):
            yield received

    @override
    async def check_conversation(self, destination: Destination) -> Finding:
        """Whether the conversation is still there, and whether its history may be read."""
        found = await super().check_conversation(destination)
        if found.trouble is not None or is_chat(destination.conversation):
            return found
        workspace = destination.workspace
        channel = in_path(destination.conversation)
        team = in_path(await self._group(workspace))
        messages = f"{self._graph_url}/v1.0/teams/{team}/channels/{channel}/messages"
        try:
            await self._request(workspace, f"{messages}?{_query({'$top': '1'})}", _MOST_ANSWER)
        except Refused as failure:
            if failure.code in _CONSENT_GONE:
                return Finding(missing=(_HISTORY_PERMISSION,))
            raise
        return found

    def mark_of(self, at: datetime) -> str:
        """The id that a message of this moment would have: the time in milliseconds since 1970."""
        return str(int(at.timestamp() * 1000))

    @override
    async def fetch(self, workspace: Workspace, file: IncomingFile, limit: int) -> bytes:
        """The bytes of a file; pictures that only Graph gives out as well."""
        if not self._is_graph(file.url):
            return await super().fetch(workspace, file, limit)
        return await self._request(workspace, file.url, limit)

    async def _changed(
        self, destination: Destination, start: datetime, threads: Sequence[ExternalMessage]
    ) -> list[Mapping[str, Any]]:
        workspace = destination.workspace
        team = await self._group(workspace)
        channel = in_path(destination.conversation)
        base = f"{self._graph_url}/v1.0/teams/{in_path(team)}/channels/{channel}/messages"
        moment = start.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        query = {
            "$top": _PAGE,
            "$expand": "replies",
            "$filter": f"lastModifiedDateTime gt {moment}",
        }
        roots = await self._pages(workspace, f"{base}/delta?{_query(query)}")
        messages = list(roots)
        seen = {text_at(root, "id") for root in roots if "replies" in root}
        for root in roots:
            messages.extend(objects_at(root, "replies"))
            if more := text_at(root, "replies@odata.nextLink"):
                messages.extend(await self._pages(workspace, more))
        for thread in threads:
            if thread not in seen:
                url = f"{base}/{in_path(thread)}/replies?{_query({'$top': _PAGE})}"
                messages.extend(await self._replies(workspace, url))
        return messages

    async def _replies(self, workspace: Workspace, url: str) -> list[Mapping[str, Any]]:
        try:
            return await self._pages(workspace, url)
        except Refused:
            return []  # the thread's root is gone, and its replies can't be asked for

    async def _pages(self, workspace: Workspace, url: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for _ in range(_MOST_PAGES):
            page = _decoded(await self._request(workspace, url, _MOST_ANSWER))
            found.extend(objects_at(page, "value"))
            url = text_at(page, "@odata.nextLink")
            if not url:
                return found
        raise Later("history_too_long")

    async def _request(self, workspace: Workspace, url: str, limit: int) -> bytes:
        if not self._is_graph(url):
            raise Refused("address_not_allowed")
        token = await self._tokens.graph(workspace.tenant) if self._app_id else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with self._session.get(
                URL(url, encoded=True), headers=headers, timeout=_TIMEOUT, allow_redirects=False
            ) as response:
                body = await read_limited(response, limit)
                if response.status == 200:
                    return body
                failure = failure_of(
                    response.status, body, response.headers.get("Retry-After"), repeatable=True
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Later("unreachable") from error
        if isinstance(failure, Refused):
            # No trouble of the link: messages may still be sent where history can't be read.
            raise Refused(failure.code)
        raise failure

    def _is_graph(self, url: str) -> bool:
        host = URL(self._graph_url).authority
        return is_allowed_url(url, {host, URL(self._graph_url).host or host})

    async def _group(self, workspace: Workspace) -> str:
        """The team's group id, which Graph goes by."""
        team = team_of(workspace.external_id)
        if not team.startswith("19:"):
            return team
        if team not in self._groups:
            path = f"v3/teams/{in_path(team)}"
            details = await self._client.call("GET", self._base(workspace), path, workspace.tenant)
            group = text_at(details, "aadGroupId")
            if not group:
                raise Refused("no_group_id")
            self._groups[team] = group
        return self._groups[team]

    async def _author(self, workspace: Workspace, message: Mapping[str, Any]) -> str:
        """What activities call the author; Graph knows people by their directory id."""
        person = text_at(message, "from", "user", "id")
        if not person:
            return ""
        key = (workspace.tenant, person)
        if key not in self._people:
            try:
                profile = await self.member(workspace, ExternalMember(person))
            except Refused:
                return ""
            self._people[key] = profile.external_id
        return self._people[key]

    def _events(
        self, destination: Destination, message: Mapping[str, Any], author: str, start: datetime
    ) -> list[Received]:
        identity = text_at(message, "id")
        created = time_of(text_at(message, "createdDateTime")) or time_of_id(identity)
        edited = time_of(text_at(message, "lastEditedDateTime"))
        deleted = time_of(text_at(message, "deletedDateTime"))
        changes = []
        if deleted is not None:
            changes = [("messageDelete", deleted)]
        else:
            if created is not None and created > start:
                changes.append(("message", created))
            if edited is not None and edited > start:
                changes.append(("messageUpdate", edited))
        return [
            received
            for kind, at in changes
            if at > start
            and (received := self._received(destination, message, author, kind)) is not None
        ]

    def _received(
        self, destination: Destination, message: Mapping[str, Any], author: str, kind: str
    ) -> Received | None:
        workspace = destination.workspace
        identity = ExternalMessage(text_at(message, "id"))
        root = ExternalMessage(text_at(message, "replyToId")) or identity
        payload = {
            "graph": message,
            "tenant": workspace.tenant,
            "team": team_of(workspace.external_id),
            "channel": destination.conversation,
            "serviceUrl": workspace.api_url,
            "authorId": author,
            **({"change": "edited"} if kind == "messageUpdate" else {}),
        }
        event = parse_graph(payload, self._app_id)
        if isinstance(event, Ignored | Malformed):
            return None
        key = f"{join_thread(destination.conversation, root)}|{identity}|{kind}"
        if kind != "message":
            key += f"|graph|{event.at.isoformat()}"
        lane = lane_of(TEAMS, workspace.tenant, destination.conversation)
        return Received(EventKey(key), TEAMS, lane, workspace.tenant, event.at, payload)


def _query(values: Mapping[str, str]) -> str:
    return urlencode(values, quote_via=quote, safe="$:")


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Later("answer_not_json") from error

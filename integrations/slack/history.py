"""What stands in a conversation: our own messages found again, and what was said meanwhile.

Source: docs.slack.dev/reference/methods/conversations.history and conversations.replies. Apps that
are distributed outside the Marketplace get 15 messages a call and one call a minute, so every page
size is taken and a rate limit is waited out.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.events import Ignored, Malformed, Received
from core.failures import Later, Refused
from core.ids import ExternalFile, ExternalMessage, Marker
from core.places import Workspace
from core.ports import Destination
from integrations.slack.client import Access, SlackClient
from integrations.slack.fields import Json, number_in, object_in, objects_in, text_in
from integrations.slack.ids import is_direct, is_timestamp, timestamp_of
from integrations.slack.markers import markers_on
from integrations.slack.parse import parse, received

_PAGE = 200
_PATIENCE = 5
_LONGEST_WAIT = 120.0
_CLOCKS_DIFFER = timedelta(minutes=1)
_OLD_THREADS = frozenset({"thread_not_found", "message_not_found"})


class SlackHistory:
    """Reads conversations through a client."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def find(
        self, destination: Destination, since: datetime
    ) -> Mapping[Marker, ExternalMessage]:
        """Our messages newer than `since` (a minute earlier counts too: clocks differ)."""
        access = await self._client.access(destination.workspace)
        oldest = timestamp_of(since - _CLOCKS_DIFFER)
        found: dict[Marker, ExternalMessage] = {}
        async for message in self._messages(access, destination, destination.thread, oldest):
            if _is_by_us(message, destination.workspace):
                for marker in markers_on(message):
                    found[marker] = ExternalMessage(text_in(message, "ts"))
        return found

    async def files_on(
        self, destination: Destination, message: ExternalMessage
    ) -> tuple[ExternalFile, ...]:
        """The files on a message in a thread; none when Slack does not show it to us."""
        access = await self._client.access(destination.workspace)
        arguments = {
            "channel": destination.conversation,
            "ts": destination.thread,
            "oldest": message,
            "latest": message,
            "inclusive": True,
            "limit": 2,  # the root comes along
        }
        try:
            answer = await self._client.call(access, "conversations.replies", arguments)
        except Refused:
            return ()
        return tuple(
            ExternalFile(text_in(file, "id"))
            for found in objects_in(answer, "messages")
            if text_in(found, "ts") == message
            for file in objects_in(found, "files")
        )

    async def since(
        self, destination: Destination, since: str, threads: Sequence[ExternalMessage]
    ) -> AsyncIterator[Received]:
        """New messages and edits after `since`, oldest first; nothing when `since` is empty.

        Slack keeps no list of edits: those of new messages are seen, those of older ones among the
        last 200, and in `threads` that went on or began before those.
        """
        if not is_timestamp(since):
            return
        access = await self._client.access(destination.workspace)
        messages = await self._collect(access, destination, since, threads)
        for _, payload in sorted(_events(destination, messages.values(), since), key=_moment):
            parsed = parse(payload)
            if not isinstance(parsed, Ignored | Malformed):
                yield received(payload, parsed)

    async def _collect(
        self,
        access: Access,
        destination: Destination,
        since: str,
        threads: Sequence[ExternalMessage],
    ) -> dict[str, Json]:
        """Every message that may be new or edited, once each.

        A thread of which Slack says that nothing was added is not read: after a start that would be
        a call for each thread, at 50 a minute, while everything else waits.
        """
        found: dict[str, Json] = {}
        roots = dict.fromkeys(threads)
        async for message in self._messages(access, destination, None, since, tireless=True):
            found[text_in(message, "ts")] = message
            if number_in(message, "reply_count"):
                roots[ExternalMessage(text_in(message, "ts"))] = None
        for message in await self._older(access, destination, since):
            found.setdefault(text_in(message, "ts"), message)
            root = ExternalMessage(text_in(message, "ts"))
            if _is_after(text_in(message, "latest_reply"), since):
                roots[root] = None
            else:
                roots.pop(root, None)
        for root in roots:
            try:
                async for message in self._messages(
                    access, destination, root, since, tireless=True
                ):
                    found.setdefault(text_in(message, "ts"), message)
            except Refused as error:
                if error.code not in _OLD_THREADS:
                    raise
        return found

    async def _older(self, access: Access, destination: Destination, since: str) -> list[Json]:
        """The page before `since`, for edits and for threads that went on."""
        arguments = {
            "channel": destination.conversation,
            "latest": since,
            "inclusive": True,
            "limit": _PAGE,
            "include_all_metadata": True,
        }
        answer = await self._patiently(access, "conversations.history", arguments, tireless=True)
        return list(objects_in(answer, "messages"))

    async def _messages(
        self,
        access: Access,
        destination: Destination,
        thread: ExternalMessage | None,
        oldest: str,
        *,
        tireless: bool = False,
    ) -> AsyncIterator[Json]:
        method = "conversations.replies" if thread else "conversations.history"
        arguments: dict[str, Any] = {
            "channel": destination.conversation,
            "ts": thread,
            "oldest": oldest,
            "limit": _PAGE,
            "include_all_metadata": True,
        }
        while True:
            answer = await self._patiently(access, method, arguments, tireless=tireless)
            page = list(objects_in(answer, "messages"))
            for message in page:
                if is_timestamp(text_in(message, "ts")):
                    yield message
            cursor = text_in(object_in(answer, "response_metadata"), "next_cursor")
            if not page or not cursor or cursor == arguments.get("cursor"):
                return
            arguments["cursor"] = cursor

    async def _patiently(
        self, access: Access, method: str, arguments: Json, *, tireless: bool
    ) -> Json:
        """Wait out rate limits. `tireless` for a gap: who gives up there begins from its start, and
        of many conversations that share a budget none would come to its end."""
        attempt = 0
        while True:
            try:
                return await self._client.call(access, method, arguments)
            except Later as error:
                attempt += 1
                wait = error.retry_after
                if wait is None or wait > _LONGEST_WAIT or (attempt > _PATIENCE and not tireless):
                    raise
            await asyncio.sleep(wait)


def _is_by_us(message: Json, workspace: Workspace) -> bool:
    """Whether our bot wrote a message: others could put our mark on theirs."""
    known = {workspace.bot_member, workspace.bot_id} - {""}
    return not known or bool(known & {text_in(message, "user"), text_in(message, "bot_id")})


def _is_after(timestamp: str, since: str) -> bool:
    return is_timestamp(timestamp) and _number(timestamp) > _number(since)


def _number(timestamp: str) -> tuple[int, int]:
    seconds, _, fraction = timestamp.partition(".")
    return int(seconds), int(fraction[:9].ljust(9, "0"))


def _moment(pair: tuple[str, Json]) -> tuple[int, int]:
    return _number(pair[0])


def _events(
    destination: Destination, messages: Any, since: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each message that is new or edited, as the event that would have told of it."""
    for message in messages:
        timestamp = text_in(message, "ts")
        edited = text_in(object_in(message, "edited"), "ts")
        if _is_after(timestamp, since):
            event = {**message, "type": "message", "event_ts": timestamp}
            yield timestamp, _envelope(destination, event, timestamp)
        elif _is_edited_since(edited, since):
            moment = edited if _is_after(edited, timestamp) else timestamp
            event = {
                "type": "message",
                "subtype": "message_changed",
                "message": message,
                "event_ts": moment,
            }
            yield moment, _envelope(destination, event, f"{timestamp}:{edited}")


def _is_edited_since(edited: str, since: str) -> bool:
    """Times of edits have whole seconds only: those of the same second count as later."""
    return is_timestamp(edited) and _number(edited)[0] >= _number(since)[0]


def _envelope(destination: Destination, event: dict[str, Any], mark: str) -> dict[str, Any]:
    workspace, channel = destination.workspace, destination.conversation
    kind = {"channel_type": "im"} if is_direct(channel) else {}
    authorization = {
        "team_id": workspace.tenant,
        "user_id": workspace.bot_member,
        "is_bot": bool(workspace.bot_member),
    }
    return {
        "type": "event_callback",
        "team_id": workspace.tenant,
        "api_app_id": workspace.app_id,
        "event_id": f"history:{channel}:{mark}",
        "authorizations": [authorization],
        "event": {**event, "channel": channel, **kind},
    }

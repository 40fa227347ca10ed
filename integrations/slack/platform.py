"""Slack as the exchange sees it: the contract of `core.ports`, kept with Web API calls."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp

from core.check_ups import Finding
from core.events import Parsed, Received
from core.failures import Refused, Unsure
from core.ids import (
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    Marker,
    PlatformName,
)
from core.pace import Pace
from core.places import MemberProfile, Workspace
from core.ports import (
    Abilities,
    Answer,
    Asker,
    Content,
    Credentials,
    Destination,
    FileStore,
    Part,
)
from core.posts import IncomingFile
from integrations.slack import check_up
from integrations.slack.answers import answer_message
from integrations.slack.client import Access, SlackClient
from integrations.slack.fields import Json, flag_in, object_in, objects_in, text_in
from integrations.slack.history import SlackHistory
from integrations.slack.ids import SLACK, is_direct, is_file, is_timestamp, timestamp_of
from integrations.slack.limits import CONVERSATION_PACES, METHOD_PACES
from integrations.slack.markers import metadata_with
from integrations.slack.mrkdwn import escape
from integrations.slack.pacing import Pacing
from integrations.slack.parse import parse
from integrations.slack.profiles import app_profile_of, profile_of
from integrations.slack.render import render
from integrations.slack.rooms import SlackRooms
from integrations.slack.settings import SlackSettings
from integrations.slack.uploads import upload_file

_QUIET = {"unfurl_links": False, "unfurl_media": False, "link_names": False}
_CANT_SEE_EPHEMERAL = frozenset({"user_not_in_channel", "not_in_channel", "channel_not_found"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose token it is: the team, and what Slack calls our bot there."""

    team: str
    team_name: str
    bot_member: str
    bot_id: str
    app_id: str = ""


class SlackPlatform:
    """Slack, for any number of workspaces. Keeps every optional contract of `core.ports`."""

    def __init__(
        self,
        *,
        settings: SlackSettings,
        credentials: Credentials,
        files: FileStore,
        session: aiohttp.ClientSession,
        clock: Callable[[], datetime],
    ) -> None:
        self._files = files
        self._pacing = Pacing(METHOD_PACES, lambda: clock().timestamp())
        self.client = SlackClient(
            session=session,
            credentials=credentials,
            api_url=settings.api_url,
            pacing=self._pacing,
        )
        self._history = SlackHistory(self.client)
        self._rooms = SlackRooms(self.client)

    @property
    def name(self) -> PlatformName:
        """`slack`."""
        return SLACK

    @property
    def abilities(self) -> Abilities:
        """Everything."""
        return Abilities(
            edit=True, remove=True, react=True, look_up=True, history=True, files=True, members=True
        )

    @property
    def paces(self) -> tuple[Pace, ...]:
        """One message a second in a conversation, with short bursts."""
        return CONVERSATION_PACES

    def set_share(self, nodes: int) -> None:
        """Use this node's share of each workspace's budgets when `nodes` of them run."""
        self._pacing.set_share(nodes)

    def parse(self, payload: Mapping[str, Any]) -> Parsed:
        """Say what a payload means; see `integrations.slack.parse`."""
        return parse(payload)

    def render(self, contents: Sequence[Content]) -> tuple[Part, ...]:
        """Put posts into messages; see `integrations.slack.render`."""
        return render(contents)

    async def identify(self, api_url: str, token: str) -> Identity:
        """Whose token this is (auth.test); `Refused` when Slack says it is nobody's."""
        access = Access(self.client.checked_api_url(api_url), token, pace_key="")
        answer = await self.client.call(access, "auth.test", {})
        bot_id = text_in(answer, "bot_id")
        return Identity(
            team=text_in(answer, "team_id"),
            team_name=text_in(answer, "team"),
            bot_member=text_in(answer, "user_id"),
            bot_id=bot_id,
            app_id=text_in(answer, "app_id") or await self._app_of(access, bot_id),
        )

    async def _app_of(self, access: Access, bot_id: str) -> str:
        if not bot_id:
            return ""
        try:
            answer = await self.client.call(access, "bots.info", {"bot": bot_id})
        except Refused:
            return ""  # users:read is missing: own messages are known by author and mark
        return text_in(object_in(answer, "bot"), "app_id")

    async def post(self, destination: Destination, part: Part, marker: Marker) -> ExternalMessage:
        """Send a part (chat.postMessage, or an upload when it carries a file)."""
        access = await self.client.access(destination.workspace)
        if part.file is not None:
            try:
                content = await self._files.read(part.file)
            except KeyError as error:
                raise Refused("file_not_kept") from error
            return await upload_file(self.client, access, destination, part, marker, content)
        thread = destination.thread
        arguments: dict[str, Any] = {
            "channel": destination.conversation,
            **part.payload,
            **_QUIET,
            "metadata": metadata_with(marker),
        }
        if thread:
            arguments["thread_ts"] = thread
            if destination.broadcast and not part.in_thread:
                arguments["reply_broadcast"] = True
        answer = await self.client.call(
            access,
            "chat.postMessage",
            arguments,
            repeatable=False,
            as_json=True,
            conversation=destination.conversation,
        )
        timestamp = text_in(answer, "ts")
        if not is_timestamp(timestamp):
            raise Unsure("no_message_id")
        return ExternalMessage(timestamp)

    async def edit(self, destination: Destination, message: ExternalMessage, part: Part) -> None:
        """Make a message show a part (chat.update). A file stays as it was uploaded."""
        if part.file is not None or is_file(message):
            return
        arguments = {
            "channel": destination.conversation,
            "ts": message,
            "text": part.payload["text"],
            "blocks": part.payload["blocks"],
        }
        await self._change(destination, "chat.update", arguments, as_json=True)

    async def remove(self, destination: Destination, message: ExternalMessage) -> None:
        """Take a message away (chat.delete), or a file whose message is not known."""
        if is_file(message):
            done = frozenset({"file_not_found", "file_deleted"})
            await self._change(destination, "files.delete", {"file": message}, done=done)
            return
        if destination.thread:
            await self._remove_files_of(destination, message)
        arguments = {"channel": destination.conversation, "ts": message}
        done = frozenset({"message_not_found"})
        await self._change(destination, "chat.delete", arguments, done=done)

    async def _remove_files_of(self, destination: Destination, message: ExternalMessage) -> None:
        """Take away the files on a message too: without it they would stay in Slack."""
        for file in await self._history.files_on(destination, message):
            done = frozenset({"file_not_found", "file_deleted"})
            await self._change(destination, "files.delete", {"file": file}, done=done)

    async def react(self, destination: Destination, message: ExternalMessage, emoji: str) -> None:
        """Give an emoji (reactions.add)."""
        arguments = _reaction(destination, message, emoji)
        done = frozenset({"already_reacted"})
        await self._change(destination, "reactions.add", arguments, done=done)

    async def unreact(self, destination: Destination, message: ExternalMessage, emoji: str) -> None:
        """Take our emoji back (reactions.remove)."""
        arguments = _reaction(destination, message, emoji)
        done = frozenset({"no_reaction", "message_not_found"})
        await self._change(destination, "reactions.remove", arguments, done=done)

    async def _change(
        self,
        destination: Destination,
        method: str,
        arguments: Json,
        *,
        done: frozenset[str] = frozenset(),
        as_json: bool = False,
    ) -> None:
        """Call a method that may be called twice; errors in `done` mean it was done already."""
        access = await self.client.access(destination.workspace)
        try:
            await self.client.call(
                access, method, arguments, as_json=as_json, conversation=destination.conversation
            )
        except Refused as error:
            if error.code not in done:
                raise

    async def find(
        self, destination: Destination, since: datetime
    ) -> Mapping[Marker, ExternalMessage]:
        """Our messages in the conversation or thread, by their mark."""
        return await self._history.find(destination, since)

    def history(
        self, destination: Destination, since: str, threads: Sequence[ExternalMessage]
    ) -> AsyncIterator[Received]:
        """What was said after `since`; nothing when that is empty."""
        return self._history.since(destination, since, threads)

    def mark_of(self, at: datetime) -> str:
        """A moment as Slack writes the time of a message."""
        return timestamp_of(at)

    async def fetch(self, workspace: Workspace, file: IncomingFile, limit: int) -> bytes:
        """The bytes of a shared file."""
        if file.size > limit:
            raise Refused("file_too_large")
        access = await self.client.access(workspace)
        url, media_type = file.url, file.media_type
        if not url:  # files of other organizations come as a stub
            answer = await self.client.call(access, "files.info", {"file": file.external_id})
            shown = object_in(answer, "file")
            url = text_in(shown, "url_private_download") or text_in(shown, "url_private")
            media_type = text_in(shown, "mimetype")
        return await self.client.download(url, access, limit, media_type)

    async def member(self, workspace: Workspace, member: ExternalMember) -> MemberProfile:
        """The profile of a person (users.info) or of an app (bots.info)."""
        access = await self.client.access(workspace)
        if member.startswith("B"):
            answer = await self.client.call(
                access, "bots.info", {"bot": member, **_team(workspace)}
            )
            return app_profile_of(object_in(answer, "bot"))
        answer = await self.client.call(access, "users.info", {"user": member})
        return profile_of(object_in(answer, "user"))

    async def admins(self, workspace: Workspace) -> Sequence[MemberProfile]:
        """Admins and owners (users.list)."""
        access = await self.client.access(workspace)
        found: list[MemberProfile] = []
        arguments: dict[str, Any] = {"limit": 200, **_team(workspace)}
        while True:
            answer = await self.client.call(access, "users.list", arguments)
            for user in objects_in(answer, "members"):
                profile = profile_of(user)
                if profile.is_admin and not profile.is_app and not flag_in(user, "deleted"):
                    found.append(profile)
            cursor = text_in(object_in(answer, "response_metadata"), "next_cursor")
            if not cursor or cursor == arguments.get("cursor"):
                return found
            arguments["cursor"] = cursor

    async def tell(self, workspace: Workspace, member: ExternalMember, text: str) -> None:
        """Say something in the direct messages between our bot and one person."""
        access = await self.client.access(workspace)
        await self._direct(access, member, {"text": escape(text), "mrkdwn": False})

    async def _direct(self, access: Access, member: ExternalMember, message: Json) -> None:
        opened = await self.client.call(access, "conversations.open", {"users": member})
        channel = text_in(object_in(opened, "channel"), "id")
        await self._say(access, "chat.postMessage", {"channel": channel, **message, **_QUIET})

    async def _say(self, access: Access, method: str, arguments: Json) -> None:
        await self.client.call(
            access,
            method,
            arguments,
            repeatable=False,
            as_json=True,
            conversation=text_in(arguments, "channel"),
        )

    async def answer(self, workspace: Workspace, asker: Asker, answer: Answer) -> None:
        """Show an answer to the asker alone: where they asked, or in their direct messages."""
        access = await self.client.access(workspace)
        message = answer_message(answer, workspace.tenant)
        channel = asker.conversation
        if channel is None:
            await self._direct(access, asker.member, message)
            return
        place = {"channel": channel, **({"thread_ts": asker.thread} if asker.thread else {})}
        if is_direct(channel):
            await self._say(access, "chat.postMessage", {**place, **message, **_QUIET})
            return
        try:
            await self._say(
                access, "chat.postEphemeral", {**place, "user": asker.member, **message}
            )
        except Refused as error:
            if error.code not in _CANT_SEE_EPHEMERAL:
                raise
            await self._direct(access, asker.member, message)

    async def create_conversation(self, workspace: Workspace, name: str) -> ExternalConversation:
        """Make a public channel; its name is put the way Slack wants it."""
        return await self._rooms.create(workspace, name)

    async def join_conversation(
        self, workspace: Workspace, conversation: ExternalConversation
    ) -> None:
        """Enter a public channel; `Refused` for a private one, where only people can invite."""
        await self._rooms.join(workspace, conversation)

    async def let_in(
        self, workspace: Workspace, conversation: ExternalConversation, member: ExternalMember
    ) -> None:
        """Add somebody to a channel that our bot is in."""
        await self._rooms.let_in(workspace, conversation, member)

    async def conversations(
        self, workspace: Workspace
    ) -> Sequence[tuple[ExternalConversation, str]]:
        """Public channels, and the private ones that our bot is in."""
        return await self._rooms.list(workspace)

    async def announce(self, destination: Destination, answer: Answer) -> ExternalMessage:
        """Show a notice to everybody in a conversation."""
        message = answer_message(answer, destination.workspace.tenant)
        return await self._rooms.say(destination, message)

    async def rewrite(
        self, destination: Destination, message: ExternalMessage, answer: Answer
    ) -> None:
        """Let a notice say something else."""
        new = {
            "channel": destination.conversation,
            "ts": message,
            **answer_message(answer, destination.workspace.tenant),
        }
        done = frozenset({"message_not_found"})
        await self._change(destination, "chat.update", new, done=done, as_json=True)

    async def pin(self, destination: Destination, text: str) -> ExternalMessage:
        """Post a notice and pin it; where it can't be pinned, it still stands there."""
        return await self._rooms.pin(destination, text)

    async def check_workspace(self, workspace: Workspace) -> Finding:
        """How the token stands; see `integrations.slack.check_up`."""
        return await check_up.check_workspace(self.client, workspace)

    async def check_conversation(self, destination: Destination) -> Finding:
        """How a channel stands."""
        return await check_up.check_conversation(self.client, destination)

    async def close(self) -> None:
        """Nothing to let go of: the session belongs to the one who gave it."""


def _team(workspace: Workspace) -> dict[str, str]:
    """Which workspace is meant, for an organization's token; others are not confused by it
    (docs.slack.dev/enterprise/developing-for-enterprise-orgs)."""
    return {"team_id": workspace.external_id}


def _reaction(destination: Destination, message: ExternalMessage, emoji: str) -> dict[str, Any]:
    return {
        "channel": destination.conversation,
        "timestamp": message,
        "name": emoji.strip(":"),
    }

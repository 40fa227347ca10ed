"""Teams as a platform of the exchange."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import aiohttp

from core.check_ups import Finding
from core.events import Parsed
from core.failures import Refused
from core.ids import (
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    ExternalTenant,
    Marker,
    PlatformName,
)
from core.pace import Pace
from core.places import MemberProfile, Workspace
from core.ports import Abilities, Answer, Asker, Content, Destination, FileStore, Part
from core.posts import IncomingFile
from integrations.common.hosts import is_allowed_url, is_loopback_url
from integrations.teams import check_up
from integrations.teams.cards import answer_activity, card_activity
from integrations.teams.client import ConnectorClient
from integrations.teams.clock import Clock
from integrations.teams.errors import NotThere
from integrations.teams.fields import objects_at, text_at
from integrations.teams.html_text import plain_html
from integrations.teams.ids import (
    TEAMS,
    bot_member,
    in_path,
    is_chat,
    join_thread,
    team_of,
)
from integrations.teams.limits import THREAD_PACES
from integrations.teams.parse import parse
from integrations.teams.people import profile_of
from integrations.teams.reactions import reaction_of
from integrations.teams.render import message, render
from integrations.teams.settings import TeamsSettings
from integrations.teams.tokens import TokenSource

_MOST_CHATS = 10_000
_MOST_PAGES = 20
_PAGE = "200"
_UNNAMED = "General"


class TeamsPlatform:
    """Keeps `core.ports.Platform` and what Teams can do of the optional contracts.

    Our own messages can't be found again: the Bot Connector reads nothing back and carries no mark
    of ours that Microsoft Graph would show. `marker` is therefore not sent.
    """

    def __init__(
        self,
        *,
        settings: TeamsSettings,
        files: FileStore,
        session: aiohttp.ClientSession,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._files = files
        self._tokens = TokenSource(settings=settings, session=session, clock=clock)
        self._client = ConnectorClient(
            settings=settings, session=session, tokens=self._tokens, clock=clock
        )
        self._chats: dict[tuple[ExternalTenant, ExternalMember], ExternalConversation] = {}

    @property
    def name(self) -> PlatformName:
        """`teams`."""
        return TEAMS

    @property
    def abilities(self) -> Abilities:
        """All but finding our own messages again, and history."""
        return Abilities(
            edit=True,
            remove=True,
            react=True,
            look_up=False,
            history=False,
            files=True,
            members=True,
        )

    @property
    def paces(self) -> tuple[Pace, ...]:
        """Two limits that keep below all of Teams' own."""
        return THREAD_PACES

    def set_share(self, nodes: int) -> None:
        """Tell how many nodes send at the same time, so that each keeps to its part."""
        self._client.set_share(nodes)

    def parse(self, payload: Mapping[str, Any]) -> Parsed:
        """See `integrations.teams.parse`."""
        return parse(payload, self._settings.app_id)

    def render(self, contents: Sequence[Content]) -> tuple[Part, ...]:
        """See `integrations.teams.render`."""
        return render(contents)

    async def post(self, destination: Destination, part: Part, marker: Marker) -> ExternalMessage:
        """Send a part: into its thread, or as a new one."""
        activity = await self._ready(part)
        place = replace(destination, thread=None) if part.pointer else destination
        return await self._place(place, activity)

    async def edit(self, destination: Destination, message: ExternalMessage, part: Part) -> None:
        """Make a message show this part instead."""
        activity = {**await self._ready(part), "id": message}
        await self._change("PUT", destination, message, body=activity)

    async def remove(self, destination: Destination, message: ExternalMessage) -> None:
        """Take a message away; one that is gone already counts."""
        try:
            await self._change("DELETE", destination, message)
        except NotThere:
            return

    async def react(self, destination: Destination, message: ExternalMessage, emoji: str) -> None:
        """Give an emoji to a message."""
        await self._reaction("PUT", destination, message, emoji)

    async def unreact(self, destination: Destination, message: ExternalMessage, emoji: str) -> None:
        """Take our emoji back."""
        try:
            await self._reaction("DELETE", destination, message, emoji)
        except NotThere:
            return

    async def probe(self, destination: Destination) -> None:
        """Return when the conversation's address answers anything."""
        workspace = destination.workspace
        path = f"v3/conversations/{in_path(destination.conversation)}/pagedmembers"
        await self._client.reachable(self._base(workspace), path, workspace.tenant)

    async def answer(self, workspace: Workspace, asker: Asker, answer: Answer) -> None:
        """Answer in the personal chat; where there can be none, in the thread of the question."""
        activity = answer_activity(answer, workspace.tenant, workspace.external_id)
        await self._say(workspace, asker, activity)

    async def show(
        self, workspace: Workspace, asker: Asker, card: dict[str, Any], summary: str
    ) -> None:
        """Show a card in the personal chat."""
        await self._say(workspace, asker, card_activity(card, summary))

    async def pin(self, destination: Destination, text: str) -> ExternalMessage:
        """Post a notice; no bot can pin a message in Teams."""
        activity = message(f"<p>{plain_html(text)}</p>")
        return await self._place(destination, activity)

    async def announce(self, destination: Destination, answer: Answer) -> ExternalMessage:
        """Show a notice to everybody in a conversation."""
        return await self._place(destination, self._notice(destination.workspace, answer))

    async def rewrite(
        self, destination: Destination, message: ExternalMessage, answer: Answer
    ) -> None:
        """Let a notice say something else; one that is gone stays gone."""
        activity = {**self._notice(destination.workspace, answer), "id": message}
        try:
            await self._change("PUT", destination, message, body=activity)
        except NotThere:
            return

    async def tell(self, workspace: Workspace, member: ExternalMember, text: str) -> None:
        """Say something in the personal chat with a member."""
        activity = message(f"<p>{plain_html(text)}</p>")
        chat = await self._chat(workspace, member)
        await self._client.send(self._base(workspace), workspace.tenant, chat, activity)

    async def fetch(self, workspace: Workspace, file: IncomingFile, limit: int) -> bytes:
        """The bytes of a file: an inline image, or what was shared in a personal chat."""
        if file.size > limit:
            raise Refused("too_large")
        if self._settings.may_serve(file.url):
            return await self._client.download(file.url, limit, with_token=True)
        suffixes = self._settings.endpoints.file_suffixes
        if not is_allowed_url(file.url, self._settings.extra_hosts, suffixes=suffixes):
            raise Refused("address_not_allowed")
        return await self._client.download(file.url, limit, with_token=False)

    async def member(self, workspace: Workspace, member: ExternalMember) -> MemberProfile:
        """The profile of a member of the team."""
        return profile_of(await self.account(workspace, member))

    async def account(self, workspace: Workspace, member: ExternalMember) -> Mapping[str, Any]:
        """A member of the team as the Bot Connector describes them."""
        path = f"v3/conversations/{in_path(self._roster(workspace))}/members/{in_path(member)}"
        account = await self._client.call("GET", self._base(workspace), path, workspace.tenant)
        if not isinstance(account, Mapping):
            raise Refused("no_such_member")
        return account

    async def admins(self, workspace: Workspace) -> Sequence[MemberProfile]:
        """The team's owners, as far as Teams marks them in its list of members."""
        return [profile for profile in await self.people(workspace) if profile.is_admin]

    async def conversations(
        self, workspace: Workspace
    ) -> Sequence[tuple[ExternalConversation, str]]:
        """The team's channels. The one that every team has comes without a name."""
        path = f"v3/teams/{in_path(self._roster(workspace))}/conversations"
        answer = await self._client.call("GET", self._base(workspace), path, workspace.tenant)
        listed = [(text_at(one, "id"), one) for one in objects_at(answer, "conversations")]
        return [
            (ExternalConversation(own), text_at(one, "name") or _UNNAMED)
            for own, one in listed
            if own
        ]

    async def check_workspace(self, workspace: Workspace) -> Finding:
        """Whether our bot is in the team; see `integrations.teams.check_up`."""
        return await check_up.check_team(self._client, self._base(workspace), workspace)

    async def check_conversation(self, destination: Destination) -> Finding:
        """Whether the conversation is still there."""
        base = self._base(destination.workspace)
        return await check_up.check_conversation(self._client, base, destination)

    async def close(self) -> None:
        """Nothing to let go of: the session belongs to the application."""

    async def people(self, workspace: Workspace) -> list[MemberProfile]:
        """Everybody in the team."""
        path = f"v3/conversations/{in_path(self._roster(workspace))}/pagedmembers"
        profiles: list[MemberProfile] = []
        query = {"pageSize": _PAGE}
        for _ in range(_MOST_PAGES):
            page = await self._client.call(
                "GET", self._base(workspace), path, workspace.tenant, query=query
            )
            profiles.extend(profile_of(account) for account in objects_at(page, "members"))
            token = text_at(page, "continuationToken")
            if not token:
                break
            query["continuationToken"] = token
        return profiles

    async def _place(
        self, destination: Destination, activity: Mapping[str, Any]
    ) -> ExternalMessage:
        base, tenant = self._base(destination.workspace), destination.workspace.tenant
        channel, thread = destination.conversation, destination.thread
        if thread is None and not is_chat(channel):
            return await self._client.start_thread(base, tenant, channel, activity)
        return await self._client.send(base, tenant, join_thread(channel, thread), activity)

    def _notice(self, workspace: Workspace, answer: Answer) -> Mapping[str, Any]:
        return answer_activity(answer, workspace.tenant, workspace.external_id)

    async def _change(
        self,
        method: str,
        destination: Destination,
        message: ExternalMessage,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        workspace = destination.workspace
        path = _activity_path(destination, message)
        await self._client.call(method, self._base(workspace), path, workspace.tenant, body)

    async def _reaction(
        self, method: str, destination: Destination, message: ExternalMessage, emoji: str
    ) -> None:
        reaction = reaction_of(emoji)
        if not reaction:
            raise Refused("unknown_emoji")
        workspace = destination.workspace
        path = f"{_activity_path(destination, message)}/reactions/{in_path(reaction)}"
        await self._client.react(method, self._base(workspace), path, workspace.tenant)

    async def _ready(self, part: Part) -> Mapping[str, Any]:
        """The part's activity. A picture whose address Teams can't reach travels inside it."""
        attachments = objects_at(part.payload, "attachments")
        if part.file is None or len(attachments) != 1:
            return part.payload
        url = text_at(attachments[0], "contentUrl")
        if url.startswith("https://") or is_loopback_url(url):
            return part.payload
        try:
            content = base64.b64encode(await self._files.read(part.file)).decode()
        except KeyError as error:
            raise Refused("file_gone") from error
        inside = f"data:{text_at(attachments[0], 'contentType')};base64,{content}"
        return {**part.payload, "attachments": [{**attachments[0], "contentUrl": inside}]}

    async def _say(self, workspace: Workspace, asker: Asker, activity: Mapping[str, Any]) -> None:
        base, tenant = self._base(workspace), workspace.tenant
        try:
            if asker.conversation is not None and asker.conversation.startswith("a:"):
                chat = asker.conversation
            else:
                chat = await self._chat(workspace, asker.member)
            await self._client.send(base, tenant, chat, activity)
        except Refused:
            self._chats.pop((tenant, asker.member), None)
            if asker.conversation is None or asker.conversation.startswith("a:"):
                raise
            place = join_thread(asker.conversation, asker.thread)
            await self._client.send(base, tenant, place, activity)

    async def _chat(self, workspace: Workspace, member: ExternalMember) -> ExternalConversation:
        key = (workspace.tenant, member)
        if key not in self._chats:
            bot = workspace.bot_member or bot_member(self._settings.app_id)
            chat = await self._client.personal_chat(
                self._base(workspace), workspace.tenant, member, bot
            )
            if len(self._chats) >= _MOST_CHATS:
                self._chats.pop(next(iter(self._chats)))
            self._chats[key] = chat
        return self._chats[key]

    def _base(self, workspace: Workspace) -> str:
        return workspace.api_url or self._settings.endpoints.service_url

    def _roster(self, workspace: Workspace) -> str:
        team = team_of(workspace.external_id)
        if not team:
            raise Refused("no_team")
        return team


def _activity_path(destination: Destination, message: ExternalMessage) -> str:
    thread = join_thread(destination.conversation, destination.thread or message)
    return f"v3/conversations/{in_path(thread)}/activities/{in_path(message)}"

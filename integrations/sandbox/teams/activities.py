"""The activities that Teams posts to a bot, field for field as in recordings and documentation.

Sources: recorded payloads of a real tenant; bots/build-conversational-capability (edit, delete,
undelete); bots/how-to/conversations/subscribe-to-conversation-events (conversationUpdate,
installationUpdate); messaging-extensions/how-to/action-commands (fetchTask, messagePayload).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from integrations.sandbox.teams.compose import graph_html
from integrations.sandbox.teams.model import (
    THREAD_MARK,
    Bot,
    Conversation,
    Json,
    Member,
    Message,
    StoredFile,
    Workspace,
    graph_stamp,
    opaque,
    stamp,
)
from integrations.sandbox.world import Clock

FILE_INFO = "application/vnd.microsoft.teams.file.download.info"


def fresh_id() -> str:
    """An id for an activity that is no message."""
    return f"f:{uuid.uuid4()}"


@dataclass(slots=True)
class Writer:
    """Writes activities; `service_url` gives the address that a workspace's activities carry."""

    bot: Bot
    clock: Clock
    service_url: Callable[[Workspace], str]

    def _frame(
        self, kind: str, activity_id: str, workspace: Workspace, place: Conversation, root: str
    ) -> Json:
        return {
            "type": kind,
            "timestamp": stamp(self.clock()),
            "id": activity_id,
            "channelId": "msteams",
            "serviceUrl": self.service_url(workspace),
            "conversation": conversation_account(workspace, place, root),
            "recipient": {"id": self.bot.id, "name": self.bot.name},
            "channelData": channel_data(workspace, place),
        }

    def _from(self, activity: Json, member: Member, *, named: bool = True) -> None:
        account = {"id": member.id, "name": member.name, "aadObjectId": member.aad_object_id}
        if not named:
            del account["name"]
        activity["from"] = account

    def _personal_touch(self, activity: Json, member: Member) -> None:
        zone = ZoneInfo(member.timezone)
        local = self.clock().astimezone(zone)
        offset = local.strftime("%z")
        activity["localTimestamp"] = (
            f"{local.strftime('%Y-%m-%dT%H:%M:%S.%f')}0{offset[:3]}:{offset[3:]}"
        )
        activity["locale"] = "en-US"
        activity["localTimezone"] = member.timezone
        activity.setdefault("entities", []).append(
            {
                "locale": "en-US",
                "country": "US",
                "platform": "Web",
                "timezone": member.timezone,
                "type": "clientInfo",
            }
        )

    def message(
        self, workspace: Workspace, place: Conversation, member: Member, message: Message
    ) -> Json:
        """A person wrote something."""
        activity = self._frame("message", message.id, workspace, place, message.thread)
        self._from(activity, member)
        activity["text"] = message.text
        activity["textFormat"] = "plain"
        activity["attachments"] = self._attachments(workspace, place, message)
        activity["entities"] = [dict(mention) for mention in message.mentions]
        self._personal_touch(activity, member)
        if place.kind == "channel":
            activity["channelData"] = {
                "teamsChannelId": place.id,
                "teamsTeamId": workspace.team_id,
                **activity["channelData"],
            }
            if message.root:
                activity["replyToId"] = message.root
        return activity

    def _attachments(
        self, workspace: Workspace, place: Conversation, message: Message
    ) -> list[Json]:
        found: list[Json] = []
        for file in message.files:
            if file.inline:
                found.append(inline_image(self.service_url(workspace), file))
            elif place.kind == "personal":
                found.append(file_info(self.service_url(workspace), file))
        if message.html:
            found.append({"contentType": "text/html", "content": message.html})
        return found

    def message_update(
        self,
        workspace: Workspace,
        place: Conversation,
        member: Member,
        message: Message,
        event: str,
    ) -> Json:
        """A person edited a message or brought it back (`editMessage`, `undeleteMessage`)."""
        activity = self.message(workspace, place, member, message)
        activity["type"] = "messageUpdate"
        activity["channelData"] = {"eventType": event, **activity["channelData"]}
        return activity

    def message_delete(
        self, workspace: Workspace, place: Conversation, member: Member, message: Message
    ) -> Json:
        """A person deleted a message of theirs."""
        activity = self._frame("messageDelete", message.id, workspace, place, message.thread)
        self._from(activity, member)
        self._personal_touch(activity, member)
        activity["channelData"] = {
            "eventType": "softDeleteMessage",
            **activity["channelData"],
        }
        return activity

    def reaction(
        self,
        workspace: Workspace,
        place: Conversation,
        member: Member,
        message: Message,
        reaction: str,
        *,
        added: bool,
    ) -> Json:
        """A person reacted to a message, or took a reaction back."""
        activity = self._frame("messageReaction", message.id, workspace, place, message.thread)
        self._from(activity, member, named=False)
        activity["reactionsAdded" if added else "reactionsRemoved"] = [{"type": reaction}]
        activity["replyToId"] = message.id
        activity["channelData"]["legacy"] = {"replyToId": legacy_id(message)}
        return activity

    def submit(
        self,
        workspace: Workspace,
        place: Conversation,
        member: Member,
        message: Message,
        value: object,
    ) -> Json:
        """A person pressed an Action.Submit: a message with a `value` and no text."""
        activity = self._frame("message", fresh_id(), workspace, place, message.thread)
        self._from(activity, member)
        self._personal_touch(activity, member)
        if place.name:
            activity["conversation"]["name"] = place.name
        activity["channelData"]["source"] = {"name": "message"}
        activity["channelData"]["legacy"] = {"replyToId": legacy_id(message)}
        activity["replyToId"] = message.id
        activity["value"] = value
        return activity

    def invoke(
        self,
        workspace: Workspace,
        place: Conversation,
        member: Member,
        name: str,
        value: Json,
        *,
        message: Message | None = None,
        source: str = "message",
    ) -> Json:
        """Something that a person waits for: a dialog, a search, a card action."""
        root = message.thread if message else ""
        activity = self._frame("invoke", fresh_id(), workspace, place, root)
        self._from(activity, member)
        self._personal_touch(activity, member)
        activity["name"] = name
        activity["value"] = value
        activity["channelData"]["source"] = {"name": source}
        if message is not None:
            activity["replyToId"] = message.id
            activity["channelData"]["legacy"] = {"replyToId": legacy_id(message)}
        return activity

    def conversation_update(
        self,
        workspace: Workspace,
        place: Conversation,
        member: Member | None,
        event: str,
        **details: object,
    ) -> Json:
        """Somebody came or went, or a channel or the team changed.

        `event` is the channelData.eventType, empty for a personal chat.
        """
        activity = self._frame("conversationUpdate", fresh_id(), workspace, place, "")
        if member is not None:
            self._from(activity, member, named=False)
        if event:
            activity["channelData"]["eventType"] = event
            activity["channelData"].pop("channel", None)
        if event.startswith("channel"):
            activity["channelData"]["channel"] = {"id": place.id, "name": place.name}
            activity["conversation"]["id"] = workspace.team_id
        if "team" in activity["channelData"]:
            activity["channelData"]["team"].update(
                {"aadGroupId": workspace.group_id, "name": workspace.name}
            )
        activity.update(details)
        return activity

    def installation_update(
        self, workspace: Workspace, place: Conversation, member: Member | None, action: str
    ) -> Json:
        """The app was added, removed or upgraded (`add`, `remove`, `add-upgrade`, …)."""
        activity = self._frame("installationUpdate", fresh_id(), workspace, place, "")
        if member is not None:
            self._from(activity, member, named=False)
        activity["action"] = action
        activity["channelData"]["source"] = {"name": "message"}
        if place.kind == "channel":
            activity["channelData"]["settings"] = {"selectedChannel": {"id": place.id}}
            activity["channelData"]["team"].update(
                {"aadGroupId": workspace.group_id, "name": workspace.name}
            )
        return activity


def conversation_account(workspace: Workspace, place: Conversation, root: str) -> Json:
    """The `conversation` of an activity; in channels with the thread's root message."""
    account: Json = {"conversationType": place.kind, "tenantId": workspace.tenant_id}
    if place.kind == "personal":
        return {**account, "id": place.id}
    thread = f"{place.id}{THREAD_MARK}{root}" if root and place.kind == "channel" else place.id
    return {"isGroup": True, **account, "id": thread}


def channel_data(workspace: Workspace, place: Conversation) -> Json:
    """The `channelData` that every activity carries; team and channel only in channels."""
    tenant = {"tenant": {"id": workspace.tenant_id}}
    if place.kind != "channel":
        return dict(tenant)
    return {"channel": {"id": place.id}, "team": {"id": workspace.team_id}, **tenant}


def legacy_id(message: Message) -> str:
    """The `1:…` id that older clients used for the same message."""
    return f"1:1{opaque(message.conversation, message.id, length=43)}"


def inline_image(service_url: str, file: StoredFile) -> Json:
    """An image pasted into a message: its address wants the bot's token."""
    return {"contentType": "image/*", "contentUrl": image_url(service_url, file)}


def image_url(service_url: str, file: StoredFile) -> str:
    """Where the Bot Connector serves an inline image."""
    return f"{service_url}v3/attachments/{file.id}/views/original"


def download_url(service_url: str, file: StoredFile) -> str:
    """A signed address, as OneDrive gives it: whoever has it may fetch the file."""
    return f"{service_url}files/{file.id}?tempauth={opaque(file.id, 'tempauth', length=40)}"


def file_info(service_url: str, file: StoredFile) -> Json:
    """A file sent to the bot in a personal chat."""
    kind = file.name.rpartition(".")[2] if "." in file.name else ""
    return {
        "contentType": FILE_INFO,
        "contentUrl": f"{service_url}files/{file.id}/{file.name}",
        "name": file.name,
        "content": {
            "downloadUrl": download_url(service_url, file),
            "uniqueId": file.id,
            "fileType": kind,
        },
    }


def message_payload(
    workspace: Workspace, place: Conversation, message: Message, author: Json, html: str
) -> Json:
    """The `messagePayload` of a message action."""
    return {
        "linkToMessage": f"https://teams.microsoft.com/l/message/{place.id}/{message.id}",
        "id": message.id,
        "replyToId": message.root or None,
        "createdDateTime": graph_stamp(message.created),
        "lastModifiedDateTime": graph_stamp(message.edited),
        "deleted": message.deleted is not None,
        "summary": None,
        "importance": "normal",
        "locale": "en-us",
        "body": {"contentType": "html", "content": graph_html(html)},
        "from": author,
        "reactions": [
            {"reactionType": kind, "user": {"user": {"id": person}}}
            for kind, people in message.reactions.items()
            for person in people
        ],
        "mentions": [
            {"id": number, "mentionText": mention["mentioned"]["name"]}
            for number, mention in enumerate(message.mentions)
        ],
        "attachments": [],
    }

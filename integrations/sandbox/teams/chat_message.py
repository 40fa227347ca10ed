"""Messages as Graph's chatMessage resource has them (graph/api/resources/chatmessage)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from integrations.sandbox.teams.activities import image_url
from integrations.sandbox.teams.cards import CARD_TYPE
from integrations.sandbox.teams.compose import graph_html
from integrations.sandbox.teams.model import (
    Conversation,
    Json,
    Message,
    Workspace,
    World,
    graph_stamp,
)
from integrations.sandbox.teams.show import bot_html


@dataclass(slots=True)
class Drawing:
    """Draws messages. `public_url` ends without a slash, a service URL with one."""

    world: World
    public_url: Callable[[], str]
    service_url: Callable[[Workspace], str]

    def chat_message(self, workspace: Workspace, channel: Conversation, message: Message) -> Json:
        """One message; a deleted one keeps its place and loses its content."""
        gone = message.deleted is not None
        moments = [m for m in (message.created, message.edited, message.deleted) if m is not None]
        return {
            "@odata.type": "#microsoft.graph.chatMessage",
            "id": message.id,
            "replyToId": message.root or None,
            "etag": str(int(max(moments).timestamp() * 1000)),
            "messageType": "message",
            "createdDateTime": graph_stamp(message.created),
            "lastModifiedDateTime": graph_stamp(max(moments)),
            "lastEditedDateTime": graph_stamp(message.edited),
            "deletedDateTime": graph_stamp(message.deleted),
            "subject": None,
            "summary": None,
            "chatId": None,
            "importance": "normal",
            "locale": "en-us",
            "webUrl": self._web_url(workspace, channel, message),
            "policyViolation": None,
            "eventDetail": None,
            "from": self._from(workspace, message),
            "body": {
                "contentType": "html",
                "content": "" if gone else self._body(workspace, message),
            },
            "channelIdentity": {"teamId": workspace.group_id, "channelId": channel.id},
            "attachments": [] if gone else _attachments(message, self.service_url(workspace)),
            "mentions": [] if gone else self._mentions(message),
            "reactions": [
                {"reactionType": kind, "user": {"user": {"id": self._reader(person)}}}
                for kind, people in message.reactions.items()
                for person in people
            ],
            "messageHistory": [],
        }

    def _body(self, workspace: Workspace, message: Message) -> str:
        if message.activity is None:
            html = graph_html(message.html)
            for file in message.files:
                if file.inline:
                    root = f"{self.public_url()}/v1.0/teams/{workspace.group_id}/channels/"
                    hosted = (
                        f"{root}{message.conversation}/messages/{message.id}"
                        f"/hostedContents/{file.id}/$value"
                    )
                    html = html.replace(image_url(self.service_url(workspace), file), hosted)
            return html
        cards = "".join(
            f'<attachment id="{number}"></attachment>'
            for number, attachment in enumerate(message.activity.get("attachments") or ())
            if attachment.get("contentType") == CARD_TYPE
        )
        return bot_html(message.activity) + cards

    def _web_url(self, workspace: Workspace, channel: Conversation, message: Message) -> str:
        return (
            f"https://teams.microsoft.com/l/message/{quote(channel.id, safe='')}/{message.id}"
            f"?groupId={workspace.group_id}&tenantId={workspace.tenant_id}"
            f"&createdTime={message.id}&parentMessageId={message.thread}"
        )

    def _from(self, workspace: Workspace, message: Message) -> Json:
        source: Json = {"application": None, "device": None, "conversation": None, "user": None}
        bot = self.world.bot
        if message.author == bot.id:
            source["application"] = {
                "@odata.type": "#microsoft.graph.teamworkApplicationIdentity",
                "id": bot.id.removeprefix("28:"),
                "displayName": bot.name,
                "applicationIdentityType": "bot",
            }
            return source
        person = self.world.member_by_id(message.author)
        source["user"] = {
            "@odata.type": "#microsoft.graph.teamworkUserIdentity",
            "id": person.aad_object_id if person else message.author,
            "displayName": person.name if person else None,
            "userIdentityType": "aadUser",
            "tenantId": workspace.tenant_id,
        }
        return source

    def _reader(self, person_id: str) -> str:
        person = self.world.member_by_id(person_id)
        return person.aad_object_id if person else person_id.removeprefix("28:")

    def _mentions(self, message: Message) -> list[Json]:
        found: list[Json] = []
        for number, mention in enumerate(message.mentions):
            who = mention["mentioned"]
            person = self.world.member_by_id(who["id"])
            mentioned: Json = {"user": None, "application": None}
            if person is not None:
                mentioned["user"] = {"id": person.aad_object_id, "displayName": person.name}
            else:
                mentioned["application"] = {
                    "id": who["id"].removeprefix("28:"),
                    "displayName": who["name"],
                }
            found.append({"id": number, "mentionText": who["name"], "mentioned": mentioned})
        return found


def _attachments(message: Message, service_url: str) -> list[Json]:
    found: list[Json] = [
        {
            "id": file.id,
            "contentType": "reference",
            "contentUrl": f"{service_url}files/{file.id}/{quote(file.name)}",
            "content": None,
            "name": file.name,
            "thumbnailUrl": None,
        }
        for file in message.files
        if not file.inline
    ]
    for number, attachment in enumerate((message.activity or {}).get("attachments") or ()):
        if attachment.get("contentType") == CARD_TYPE:
            content = json.dumps(attachment.get("content"))
            found.append({"id": str(number), "contentType": CARD_TYPE, "content": content})
    return found

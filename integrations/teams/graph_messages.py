"""Messages read back from Microsoft Graph, as events.

The wrapper we make around a `chatMessage` ("chatMessage resource type" on learn.microsoft.com):
`{"graph": message, "tenant": …, "team": …, "channel": …, "serviceUrl": …, "authorId": …}`,
with `"change": "edited"` when its last edit is meant.
"""

from collections.abc import Mapping
from typing import Any

from core.events import (
    Ignored,
    Malformed,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Parsed,
    Source,
)
from core.ids import ExternalConversation, ExternalMember, ExternalMessage, ExternalTenant
from core.places import MemberProfile
from core.text import paragraph
from integrations.teams.activities import Said, said_in_html
from integrations.teams.attachments import read_attachments
from integrations.teams.fields import object_at, objects_at, text_at, time_of, time_of_id
from integrations.teams.ids import TEAMS, bot_member, workspace_id
from integrations.teams.mentions import Mentions, join_names
from integrations.teams.text_body import from_plain


def parse_graph(payload: Mapping[str, Any], app_id: str) -> Parsed:
    """Say what happened to a message, from how it stands now."""
    message = object_at(payload, "graph")
    identity = text_at(message, "id")
    channel = text_at(payload, "channel")
    if not identity or not channel:
        return Malformed("a read-back message without id or channel")
    if text_at(message, "messageType") not in {"", "message"}:
        return Ignored("a note by Teams itself")
    created = time_of(text_at(message, "createdDateTime")) or time_of_id(identity)
    if created is None:
        return Malformed("a read-back message without a time")
    source = _source(payload, channel)
    application = text_at(message, "from", "application", "id")
    ours = bool(app_id) and application == app_id
    external = ExternalMessage(identity)
    if deleted := time_of(text_at(message, "deletedDateTime")):
        return MessageDeleted(source, external, deleted, ours)
    said, mentions = _said(message, source.tenant, app_id)
    author = _author(payload, message, application)
    edited = time_of(text_at(message, "lastEditedDateTime"))
    if edited and payload.get("change") == "edited":
        return MessageEdited(
            source, external, author.external_id, said.body, edited, said.files, said.notes, ours
        )
    if not author.external_id or said.is_empty:
        return Ignored("an empty message")
    root = text_at(message, "replyToId")
    return MessagePosted(
        source=source,
        message=external,
        author=author,
        body=said.body,
        at=created,
        thread=ExternalMessage(root) if root and root != identity else None,
        files=said.files,
        notes=said.notes,
        ours=ours,
        to_bot=mentions.to_bot,
    )


def _source(payload: Mapping[str, Any], channel: str) -> Source:
    tenant = ExternalTenant(text_at(payload, "tenant"))
    return Source(
        TEAMS,
        tenant,
        workspace_id(tenant, text_at(payload, "team")),
        ExternalConversation(channel),
        text_at(payload, "serviceUrl"),
    )


def _author(
    payload: Mapping[str, Any], message: Mapping[str, Any], application: str
) -> MemberProfile:
    if application:
        name = text_at(message, "from", "application", "displayName")
        return MemberProfile(bot_member(application), name, is_app=True)
    user = object_at(message, "from", "user")
    member = text_at(payload, "authorId") or text_at(user, "id")
    return MemberProfile(ExternalMember(member), text_at(user, "displayName"))


def _said(message: Mapping[str, Any], tenant: ExternalTenant, app_id: str) -> tuple[Said, Mentions]:
    mentions = Mentions(
        [_entity(mention) for mention in objects_at(message, "mentions")],
        frozenset({bot_member(app_id), app_id} - {""}),
        tenant,
    )
    attached = read_attachments(objects_at(message, "attachments"))
    content = text_at(message, "body", "content")
    if text_at(message, "body", "contentType") == "text":
        body = from_plain(content, mentions.in_text)
    else:
        body = said_in_html(content, mentions, attached)
    subject = text_at(message, "subject")
    head = paragraph(subject) if subject else ()
    whole = (*head, *attached.quotes, *join_names(body))
    return Said(whole, tuple(attached.files), tuple(attached.notes)), mentions


def _entity(mention: Mapping[str, Any]) -> Mapping[str, Any]:
    for kind in ("application", "user", "conversation", "tag"):
        if someone := object_at(mention, "mentioned", kind):
            return {
                "mentioned": {
                    "id": text_at(someone, "id"),
                    "name": text_at(mention, "mentionText") or text_at(someone, "displayName"),
                    "type": kind,
                }
            }
    return {"mentioned": {"name": text_at(mention, "mentionText"), "type": "conversation"}}

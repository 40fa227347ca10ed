"""What every activity tells: where it comes from, when it was, who made it, what it says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.events import Source
from core.ids import ExternalConversation, ExternalMember, ExternalMessage, ExternalTenant
from core.places import MemberProfile
from core.posts import IncomingFile
from core.text import Body
from integrations.teams.attachments import (
    HTML,
    UNKNOWN_NOTE,
    Attached,
    add_images,
    read_attachments,
)
from integrations.teams.fields import object_at, objects_at, text_at, time_of, time_of_id
from integrations.teams.html_body import from_html
from integrations.teams.ids import TEAMS, bot_member, split_thread, workspace_id
from integrations.teams.mentions import Mentions, join_names, mentions_of
from integrations.teams.text_body import from_markdown, from_plain

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SAME_MOMENT = timedelta(seconds=2)
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says."""

    body: Body
    files: tuple[IncomingFile, ...]
    notes: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to pass on."""
        return not (self.body or self.files or self.notes)


def tenant_of(activity: Mapping[str, Any]) -> ExternalTenant:
    """The tenant: from Teams' own data, or else from the conversation."""
    return ExternalTenant(
        text_at(activity, "channelData", "tenant", "id")
        or text_at(activity, "conversation", "tenantId")
    )


def source_of(activity: Mapping[str, Any], *, whole_workspace: bool = False) -> Source:
    """Where an activity comes from; `whole_workspace` leaves the conversation out."""
    tenant = tenant_of(activity)
    data = object_at(activity, "channelData")
    team = text_at(data, "team", "id") or text_at(data, "teamsTeamId")
    conversation, _ = split_thread(text_at(activity, "conversation", "id"))
    return Source(
        platform=TEAMS,
        tenant=tenant,
        workspace=workspace_id(tenant, team),
        conversation=None if whole_workspace or not conversation else conversation,
        api_url=text_at(activity, "serviceUrl"),
    )


def channel_source(activity: Mapping[str, Any]) -> Source | None:
    """The source of what happened to a channel; None when no channel is named."""
    channel, _ = split_thread(text_at(activity, "channelData", "channel", "id"))
    if not channel:
        return None
    source = source_of(activity)
    return Source(
        source.platform,
        source.tenant,
        source.workspace,
        ExternalConversation(channel),
        source.api_url,
    )


def time_at(activity: Mapping[str, Any]) -> datetime:
    """When it happened. Some activities carry no time; a message's id is one too."""
    return (
        time_of(text_at(activity, "timestamp"))
        or time_of_id(text_at(activity, "id"))
        or time_of(text_at(activity, "localTimestamp"))
        or _NO_TIME
    )


def place_of(activity: Mapping[str, Any]) -> tuple[ExternalMessage, ExternalMessage | None]:
    """The id of a message and of its thread's first message, None for the first one itself."""
    message = ExternalMessage(text_at(activity, "id"))
    _, root = split_thread(text_at(activity, "conversation", "id"))
    return message, None if root == message else root


def may_begin_thread(activity: Mapping[str, Any]) -> bool:
    """Whether a message may be the first of the thread that it names.

    In Teams a message's id is the activity's, and the first message's is the thread's. Microsoft's
    Agents Playground gives activities ids of their own; there only the time tells, which is the
    thread's id, and a quick reply comes at nearly the same.
    """
    message, root = place_of(activity)
    begun = time_of_id(root) if root is not None else None
    at = time_of(text_at(activity, "timestamp"))
    if not _GUID.fullmatch(message) or begun is None or at is None:
        return False
    return abs(at - begun) < _SAME_MOMENT


def author_of(activity: Mapping[str, Any]) -> MemberProfile:
    """Who made it, as far as the activity says."""
    member = text_at(activity, "from", "id")
    is_app = member.startswith("28:") or text_at(activity, "from", "role") == "bot"
    name = text_at(activity, "from", "name")
    return MemberProfile(ExternalMember(member), name, is_app=is_app)


def is_ours(activity: Mapping[str, Any], app_id: str) -> bool:
    """Whether our own bot made it."""
    member = text_at(activity, "from", "id")
    return bool(member) and member in (
        bot_member(app_id),
        text_at(activity, "recipient", "id"),
    )


def is_private(activity: Mapping[str, Any]) -> bool:
    """Whether it happened between one person and our bot."""
    return text_at(activity, "conversation", "conversationType") == "personal"


def is_personal_installation(activity: Mapping[str, Any]) -> bool:
    """Whether somebody has just added the app for themselves."""
    added = text_at(activity, "action") in {"add", "add-upgrade"}
    return text_at(activity, "type") == "installationUpdate" and added and is_private(activity)


def said_in(activity: Mapping[str, Any], app_id: str) -> tuple[Said, Mentions]:
    """What a message activity says, and to whom."""
    mentions = mentions_of(activity, app_id, tenant_of(activity))
    attachments = objects_at(activity, "attachments")
    html = next(
        (
            text_at(attachment, "content")
            for attachment in attachments
            if text_at(attachment, "contentType") == HTML and text_at(attachment, "content")
        ),
        "",
    )
    attached = read_attachments(attachments)
    text = text_at(activity, "text")
    style = text_at(activity, "textFormat")
    if html or style in {"xml", "html"}:
        body = said_in_html(html or text, mentions, attached)
    elif style in {"markdown", "extendedmarkdown"}:
        body = from_markdown(text, mentions.in_text)
    else:
        body = from_plain(text, mentions.in_text)
    quotes = tuple(attached.quotes)
    said = Said(quotes + join_names(body), tuple(attached.files), tuple(attached.notes))
    return said, mentions


def said_in_html(html: str, mentions: Mentions, attached: Attached) -> Body:
    """What HTML says; its images and what it refers to go to what is attached."""
    converted = from_html(html, mentions.in_html)
    add_images(attached, converted.images)
    if set(converted.attachments) - attached.ids and UNKNOWN_NOTE not in attached.notes:
        attached.notes.append(UNKNOWN_NOTE)
    return converted.body

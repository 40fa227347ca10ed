"""Message events: written, changed, taken back.

Sources: docs.slack.dev/reference/events/message and its subtypes.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.events import Ignored, Malformed, MessageDeleted, MessageEdited, MessagePosted, Parsed
from core.ids import ExternalFile, ExternalMember, ExternalMessage, ExternalTenant
from core.places import MemberProfile
from core.posts import IncomingFile
from core.text import Body, Mention, Paragraph, Text
from integrations.slack.blocks import Said, is_preview, parse_attachments, parse_blocks
from integrations.slack.fields import Json, flag_in, number_in, object_in, objects_in, text_in
from integrations.slack.ids import is_direct, is_timestamp, moment_of, source_of
from integrations.slack.markers import bot_member_in, is_ours, markers_on
from integrations.slack.mrkdwn import parse_mrkdwn, unescape
from integrations.slack.rich_text import Names

_WRITTEN = frozenset({"", "file_share", "thread_broadcast", "me_message", "bot_message"})
_LINES = {
    "huddle_thread": "A huddle was started in Slack.",
    "sh_room_created": "A huddle was started in Slack.",
    "reminder_add": "A reminder was set in Slack.",
}
_NAMED = re.compile(r"<(@|#|!subteam\^)([A-Z0-9]+)\|([^<>]+)>")


def parse_message(envelope: Mapping[str, Any], event: Json, team: str) -> Parsed:
    """Say what a `message` event means."""
    conversation = text_in(event, "channel")
    subtype = text_in(event, "subtype")
    if not conversation:
        return Malformed("a message without a channel")
    if subtype == "message_changed":
        return _changed(envelope, event, team)
    if subtype == "message_deleted":
        return _deleted(envelope, event, team)
    if subtype in _WRITTEN or subtype in _LINES:
        return _posted(envelope, event, team)
    return Ignored(f"message of kind {subtype}")


def _posted(envelope: Mapping[str, Any], event: Json, team: str) -> Parsed:
    timestamp = text_in(event, "ts")
    at = moment_of(timestamp)
    if at is None:
        return Malformed("a message without a time")
    author = _author(event)
    if not author.external_id:
        return Ignored("a message by nobody")
    conversation = text_in(event, "channel")
    private = text_in(event, "channel_type") in {"im", "mpim"} or is_direct(conversation)
    bot = bot_member_in(envelope)
    said = _said(event, ExternalTenant(team))
    direct = text_in(event, "channel_type") == "im" or is_direct(conversation)
    spoken_to = bool(bot) and _mentions(said.body, bot)
    return MessagePosted(
        source=source_of(team, conversation),
        message=ExternalMessage(timestamp),
        author=author,
        body=_without_address(said.body, bot) if spoken_to else said.body,
        at=at,
        thread=_thread(event, timestamp),
        broadcast=text_in(event, "subtype") == "thread_broadcast",
        files=_files(event),
        notes=said.notes,
        ours=is_ours(envelope, event),
        to_bot=direct or spoken_to,
        private=private,
        markers=markers_on(event),
    )


def _changed(envelope: Mapping[str, Any], event: Json, team: str) -> Parsed:
    message, before = object_in(event, "message"), object_in(event, "previous_message")
    timestamp = text_in(message, "ts") or text_in(before, "ts")
    edited = object_in(message, "edited")
    # `edited.ts` has whole seconds only, which could put an edit before its own message.
    at = _event_moment(event) or moment_of(text_in(edited, "ts"))
    if not is_timestamp(timestamp) or at is None:
        return Malformed("a change without a message or a time")
    source = source_of(team, text_in(event, "channel"))
    ours = is_ours(envelope, message) or is_ours(envelope, before)
    if text_in(message, "subtype") == "tombstone":
        return MessageDeleted(source, ExternalMessage(timestamp), at, ours)
    if before and _content(message) == _content(before):
        return Ignored("nothing that people wrote has changed")
    said = _said(message, ExternalTenant(team))
    editor = text_in(edited, "user") or text_in(message, "user")
    unchanged_files = before and _file_ids(message) == _file_ids(before)
    bot = bot_member_in(envelope)
    return MessageEdited(
        source=source,
        message=ExternalMessage(timestamp),
        editor=ExternalMember(editor) if editor else None,
        body=_without_address(said.body, bot),
        at=at,
        files=None if unchanged_files else _files(message),
        notes=said.notes,
        ours=ours,
    )


def _deleted(envelope: Mapping[str, Any], event: Json, team: str) -> Parsed:
    before = object_in(event, "previous_message")
    timestamp = text_in(event, "deleted_ts") or text_in(before, "ts")
    at = _event_moment(event)
    if not is_timestamp(timestamp) or at is None:
        return Malformed("a deletion without a message or a time")
    source = source_of(team, text_in(event, "channel"))
    return MessageDeleted(source, ExternalMessage(timestamp), at, is_ours(envelope, before))


def _event_moment(event: Json) -> datetime | None:
    return moment_of(text_in(event, "event_ts")) or moment_of(text_in(event, "ts"))


def _thread(event: Json, timestamp: str) -> ExternalMessage | None:
    root = text_in(event, "thread_ts") or text_in(object_in(event, "root"), "ts")
    return ExternalMessage(root) if is_timestamp(root) and root != timestamp else None


def _author(event: Json) -> MemberProfile:
    profile = object_in(event, "user_profile")
    bot = object_in(event, "bot_profile")
    bot_id = text_in(event, "bot_id") or text_in(bot, "id")
    name = (
        text_in(event, "username")
        or text_in(profile, "real_name")
        or text_in(profile, "display_name")
        or text_in(bot, "name")
    )
    return MemberProfile(
        external_id=ExternalMember(text_in(event, "user") or bot_id),
        name=name,
        is_app=bool(bot_id) or text_in(event, "subtype") == "bot_message",
    )


def _names(message: Json) -> Names:
    names = Names()
    kinds = {"@": names.members, "#": names.channels, "!subteam^": names.groups}
    for sigil, identifier, label in _NAMED.findall(text_in(message, "text")):
        kinds[sigil][identifier] = unescape(label).removeprefix("@")
    return names


def _said(message: Json, tenant: ExternalTenant) -> Said:
    """What a message says: its blocks where it has any, otherwise its text, then attachments."""
    said = parse_blocks(objects_in(message, "blocks"), tenant, _names(message))
    if not said.body:
        said = replace(said, body=parse_mrkdwn(text_in(message, "text"), tenant))
    more = parse_attachments(objects_in(message, "attachments"), tenant)
    line = _LINES.get(text_in(message, "subtype"))
    notes = (*said.notes, *more.notes, *_file_notes(message), *((line,) if line else ()))
    return Said((*said.body, *more.body), tuple(dict.fromkeys(notes)))


def _mentions(body: Body, member: str) -> bool:
    return any(
        isinstance(span, Mention) and span.who is not None and span.who.member == member
        for block in body
        for span in getattr(block, "spans", ())
    )


def _without_address(body: Body, bot: str) -> Body:
    """The body without our bot's name at its beginning: that is whom it is said to."""
    if not body or not isinstance(first := body[0], Paragraph) or not first.spans:
        return body
    opening = first.spans[0]
    if not isinstance(opening, Mention) or opening.who is None or opening.who.member != bot:
        return body
    rest = first.spans[1:]
    if rest and isinstance(text := rest[0], Text):
        trimmed = replace(text, text=text.text.lstrip())
        rest = (trimmed, *rest[1:]) if trimmed.text else rest[1:]
    return (replace(first, spans=rest), *body[1:]) if rest else body[1:]


def _is_withheld(file: Json) -> bool:
    return text_in(file, "mode") in {"tombstone", "hidden_by_limit"}


def _files(message: Json) -> tuple[IncomingFile, ...]:
    return tuple(
        IncomingFile(
            external_id=ExternalFile(text_in(file, "id")),
            name=text_in(file, "name") or text_in(file, "title") or "file",
            media_type=text_in(file, "mimetype") or "application/octet-stream",
            size=max(0, number_in(file, "size")),
            url=text_in(file, "url_private_download") or text_in(file, "url_private"),
            alt_text=text_in(file, "alt_txt"),
        )
        for file in objects_in(message, "files")
        if text_in(file, "id") and not _is_withheld(file) and not flag_in(file, "is_external")
    )


def _file_notes(message: Json) -> tuple[str, ...]:
    notes = []
    for file in objects_in(message, "files"):
        if text_in(file, "mode") == "hidden_by_limit":
            notes.append("A file is no longer shown by Slack.")
        elif flag_in(file, "is_external") and not _is_withheld(file):
            name = text_in(file, "title") or text_in(file, "name") or "a file"
            notes.append(f"Linked file: {name} {text_in(file, 'url_private')}".strip())
    return tuple(notes)


def _file_ids(message: Json) -> list[str]:
    return [text_in(f, "id") for f in objects_in(message, "files") if not _is_withheld(f)]


def _content(message: Json) -> tuple[Any, ...]:
    """What people wrote: without previews of links, counts of replies and the like."""
    attachments = [a for a in objects_in(message, "attachments") if not is_preview(a)]
    blocks = [
        {key: value for key, value in block.items() if key != "block_id"}
        for block in objects_in(message, "blocks")
    ]
    return text_in(message, "text"), blocks, attachments, _file_ids(message)

"""What a Teams activity means. Pure; never raises on any JSON object.

Shapes: "Bot Framework Activity schema", "Conversation events in your Teams bot" and "Bot
conversations" on learn.microsoft.com. A wrapper `{"graph": …}` holds a message read back from
Microsoft Graph (see `graph_messages`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from core.channels import Trouble
from core.events import (
    ConversationMended,
    ConversationRenamed,
    ConversationTroubled,
    Ignored,
    Malformed,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Parsed,
    ReactionChanged,
    WorkspaceJoined,
    WorkspaceRenamed,
    WorkspaceTroubled,
)
from core.ids import ExternalMessage
from core.text import paragraph
from integrations.teams.activities import (
    author_of,
    channel_source,
    is_ours,
    is_private,
    may_begin_thread,
    place_of,
    said_in,
    source_of,
    time_at,
)
from integrations.teams.fields import object_at, objects_at, text_at
from integrations.teams.graph_messages import parse_graph
from integrations.teams.reactions import emoji_of

_MOST_WORDS = 200


def parse(payload: Mapping[str, Any], app_id: str) -> Parsed:
    """Say what a payload means; `app_id` tells our own bot from others."""
    if "graph" in payload:
        return parse_graph(payload, app_id)
    kind = text_at(payload, "type")
    if not kind:
        return Malformed("no activity type")
    channel = text_at(payload, "channelId")
    if channel and not channel.startswith("msteams"):
        return Ignored("not from Teams")
    known = _KINDS.get(kind)
    if known is None:
        return Ignored("a kind of activity that needs nothing done")
    if not text_at(payload, "conversation", "id"):
        return Malformed("no conversation")
    return known(payload, app_id)


def verb_of(activity: Mapping[str, Any]) -> str | None:
    """What a pressed button asks for, None when this is no button press.

    An `Action.Submit` arrives as a message without text whose value is the button's data.
    """
    value = activity.get("value")
    if not isinstance(value, Mapping) or text_at(activity, "text").strip():
        return None
    return text_at(value, "verb")[:_MOST_WORDS]


def _message(activity: Mapping[str, Any], app_id: str) -> Parsed:
    message, thread = place_of(activity)
    author = author_of(activity)
    if not message or not author.external_id:
        return Malformed("a message without id or author")
    verb = verb_of(activity)
    said, mentions = said_in(activity, app_id)
    to_bot = verb is not None or is_private(activity) or mentions.to_bot
    if said.is_empty and not to_bot:
        return Ignored("an empty message")
    return MessagePosted(
        source=source_of(activity),
        message=message,
        author=author,
        body=paragraph(verb) if verb else said.body,
        at=time_at(activity),
        thread=thread,
        files=said.files,
        notes=said.notes,
        ours=is_ours(activity, app_id),
        to_bot=to_bot,
        private=is_private(activity),
        may_begin_thread=may_begin_thread(activity),
    )


def _update(activity: Mapping[str, Any], app_id: str) -> Parsed:
    message = text_at(activity, "id")
    if not message:
        return Malformed("an edit without a message id")
    said, _ = said_in(activity, app_id)
    return MessageEdited(
        source=source_of(activity),
        message=ExternalMessage(message),
        editor=author_of(activity).external_id or None,
        body=said.body,
        at=time_at(activity),
        files=said.files,
        notes=said.notes,
        ours=is_ours(activity, app_id),
    )


def _delete(activity: Mapping[str, Any], app_id: str) -> Parsed:
    message = text_at(activity, "id")
    if not message:
        return Malformed("a deletion without a message id")
    return MessageDeleted(
        source=source_of(activity),
        message=ExternalMessage(message),
        at=time_at(activity),
        ours=is_ours(activity, app_id),
    )


def _reaction(activity: Mapping[str, Any], _app_id: str) -> Parsed:
    added = objects_at(activity, "reactionsAdded")
    removed = objects_at(activity, "reactionsRemoved")
    message = text_at(activity, "replyToId") or text_at(activity, "id")
    member = author_of(activity).external_id
    changed = [*added, *removed]
    if not message or not member:
        return Malformed("a reaction without message or member")
    if not changed or not text_at(changed[0], "type"):
        return Ignored("a reaction that changes nothing")
    name, character = emoji_of(text_at(changed[0], "type"))
    return ReactionChanged(
        source=source_of(activity),
        message=ExternalMessage(message),
        member=member,
        emoji=name,
        character=character,
        added=bool(added),
        at=time_at(activity),
    )


def one_reaction_each(activity: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """An activity with several reactions as several with one each; any other one as it is."""
    added = objects_at(activity, "reactionsAdded")
    removed = objects_at(activity, "reactionsRemoved")
    if activity.get("type") != "messageReaction" or len(added) + len(removed) < 2:
        return [activity]
    plain = {
        key: value
        for key, value in activity.items()
        if key not in {"reactionsAdded", "reactionsRemoved"}
    }
    return [
        *({**plain, "reactionsAdded": [reaction]} for reaction in added),
        *({**plain, "reactionsRemoved": [reaction]} for reaction in removed),
    ]


_TEAM_TROUBLES = {
    "teamDeleted": Trouble.CONVERSATION_GONE,
    "teamHardDeleted": Trouble.CONVERSATION_GONE,
    "teamArchived": Trouble.CONVERSATION_ARCHIVED,
}
_TEAM_MENDED = frozenset({"teamUnarchived", "teamRestored"})


def _conversation(activity: Mapping[str, Any], _app_id: str) -> Parsed:
    event = text_at(activity, "channelData", "eventType")
    at = time_at(activity)
    if event in _TEAM_TROUBLES:
        whole = source_of(activity, whole_workspace=True)
        return WorkspaceTroubled(whole, _TEAM_TROUBLES[event], at)
    if event in _TEAM_MENDED:
        return ConversationMended(source_of(activity, whole_workspace=True), at)
    if event.startswith("channel"):
        return _channel(activity, event)
    name = text_at(activity, "channelData", "team", "name")
    if event == "teamRenamed" and name:
        return WorkspaceRenamed(source_of(activity, whole_workspace=True), name, at)
    return _membership(activity)


def _channel(activity: Mapping[str, Any], event: str) -> Parsed:
    source = channel_source(activity)
    at = time_at(activity)
    if source is None:
        return Malformed("a channel event without a channel")
    if event == "channelDeleted":
        return ConversationTroubled(source, Trouble.CONVERSATION_GONE, at)
    if event == "channelRestored":
        return ConversationMended(source, at)
    name = text_at(activity, "channelData", "channel", "name")
    if event == "channelRenamed" and name:
        return ConversationRenamed(source, name, at)
    return Ignored("a channel event that changes nothing for us")


def _membership(activity: Mapping[str, Any]) -> Parsed:
    bot = text_at(activity, "recipient", "id")
    if is_private(activity):
        return Ignored("somebody opened or closed the personal chat")
    if any(text_at(member, "id") == bot for member in objects_at(activity, "membersRemoved")):
        return _removed(activity)
    if any(text_at(member, "id") == bot for member in objects_at(activity, "membersAdded")):
        return _added(activity)
    return Ignored("people came or went")


def _is_group_chat(activity: Mapping[str, Any]) -> bool:
    """Whether it happened in a group chat, which is no workspace of its own."""
    return text_at(activity, "conversation", "conversationType") == "groupChat"


def _removed(activity: Mapping[str, Any]) -> Parsed:
    at = time_at(activity)
    if _is_group_chat(activity):
        return ConversationTroubled(source_of(activity), Trouble.BOT_REMOVED, at)
    source = source_of(activity, whole_workspace=True)
    return WorkspaceTroubled(source, Trouble.BOT_REMOVED, at)


def _added(activity: Mapping[str, Any]) -> Parsed:
    at = time_at(activity)
    if _is_group_chat(activity):
        return ConversationMended(source_of(activity), at)
    source = source_of(activity, whole_workspace=True)
    if not source.workspace:
        return ConversationMended(source, at)
    by = author_of(activity)
    who = None if by.is_app or not by.external_id else by.external_id
    return WorkspaceJoined(source, text_at(activity, "channelData", "team", "name"), who, at)


def _installation(activity: Mapping[str, Any], _app_id: str) -> Parsed:
    if is_private(activity):
        return Ignored("installed or removed for one person")
    action = text_at(activity, "action")
    if action in {"remove", "remove-upgrade"}:
        return _removed(activity)
    if action in {"add", "add-upgrade"}:
        return _added(activity)
    return Ignored("an installation step that changes nothing for us")


def _invoke(activity: Mapping[str, Any], _app_id: str) -> Parsed:
    named = bool(text_at(activity, "name") or object_at(activity, "value"))
    return Ignored("answered at once" if named else "an empty invoke")


_KINDS: dict[str, Callable[[Mapping[str, Any], str], Parsed]] = {
    "message": _message,
    "messageUpdate": _update,
    "messageDelete": _delete,
    "messageReaction": _reaction,
    "conversationUpdate": _conversation,
    "installationUpdate": _installation,
    "invoke": _invoke,
}

"""What Slack's payloads mean. Pure: neither network nor clock, and nothing raises.

Source: docs.slack.dev/reference/events. The outer envelope is described in
docs.slack.dev/apis/events-api.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from core.channels import Trouble, lane_of
from core.events import (
    ConversationMended,
    ConversationRenamed,
    ConversationTroubled,
    EventsMissed,
    Ignored,
    InboundEvent,
    Malformed,
    MemberChanged,
    Parsed,
    ReactionChanged,
    Received,
    TeamsChanged,
    WorkspaceTroubled,
)
from core.ids import (
    EventKey,
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    ExternalWorkspace,
)
from integrations.common.emoji import character_of
from integrations.slack.fields import (
    Json,
    clean,
    flag_in,
    number_in,
    object_in,
    objects_in,
    text_in,
)
from integrations.slack.ids import SLACK, is_organization, is_timestamp, moment_of, source_of
from integrations.slack.markers import bot_member_in
from integrations.slack.parse_message import parse_message
from integrations.slack.profiles import profile_of

Parser = Callable[[Mapping[str, Any], Json, str, datetime], Parsed]

_INTERACTIONS = frozenset(
    {
        "block_actions",
        "block_suggestion",
        "dialog_cancellation",
        "dialog_submission",
        "dialog_suggestion",
        "interactive_message",
        "message_action",
        "shortcut",
        "view_closed",
        "view_submission",
        "workflow_step_edit",
    }
)


def parse(payload: Mapping[str, Any]) -> Parsed:
    """Say what a payload means; a foreign one is `Malformed`, an unneeded one `Ignored`."""
    kind = text_in(payload, "type")
    if kind == "app_rate_limited":
        return _rate_limited(payload, payload)
    if kind == "url_verification":
        return Ignored("a check of our address")
    if kind in _INTERACTIONS or (text_in(payload, "command") and not object_in(payload, "event")):
        return Ignored("a command or a click, answered where it arrives")
    event = object_in(payload, "event")
    if not event:
        return Malformed("neither an event nor an interaction")
    return _parse_event(payload, event)


def key_of(payload: Mapping[str, Any], event: InboundEvent) -> EventKey:
    """What makes an event the same when Slack delivers it again."""
    if event_id := text_in(payload, "event_id"):
        return EventKey(event_id)
    inner = object_in(payload, "event") or payload
    place = event.source.conversation or ""
    moment = text_in(inner, "event_ts") or text_in(inner, "ts") or event.at.isoformat()
    kind = text_in(inner, "subtype") or text_in(inner, "type")
    return EventKey(f"{event.source.tenant}:{place}:{kind}:{moment}")


def received(payload: Mapping[str, Any], event: InboundEvent) -> Received:
    """An event on its way into the inbox, without the app's old verification token."""
    source = event.source
    return Received(
        key=key_of(payload, event),
        platform=SLACK,
        lane=lane_of(SLACK, source.tenant, source.conversation or ExternalConversation("")),
        tenant=source.tenant,
        at=event.at,
        payload={key: value for key, value in payload.items() if key != "token"},
    )


def team_in(payload: Mapping[str, Any]) -> str:
    """The team whose installation an event was delivered for.

    In channels shared between workspaces `team_id` may name the other side; who installed us
    stands in `authorizations`. There an organization's installation names no workspace, or any.
    """
    installed = (
        text_in(item, "team_id")
        for item in objects_in(payload, "authorizations")
        if not flag_in(item, "is_enterprise_install")
    )
    told = (text_in(payload, "team_id"), text_in(payload, "context_team_id"))
    named = [team for team in (*installed, *told) if team]
    return next((team for team in named if not is_organization(team)), next(iter(named), ""))


def organization_in(payload: Mapping[str, Any]) -> str:
    """The organization that an event was delivered for; empty for a single workspace's."""
    event = object_in(payload, "event")
    known = [
        text_in(payload, "enterprise_id"),
        text_in(event, "enterprise_id"),
        *(text_in(item, "enterprise_id") for item in objects_in(payload, "authorizations")),
        text_in(payload, "context_enterprise_id"),
        text_in(payload, "team_id"),
    ]
    return next((one for one in known if is_organization(one)), "")


def _parse_event(payload: Mapping[str, Any], event: Json) -> Parsed:
    kind = text_in(event, "type") or text_in(object_in(event, "event"), "type")
    if not kind:
        return Malformed("an event without a type")
    if kind == "app_rate_limited":
        return _rate_limited(payload, event)
    if kind not in _PARSERS and kind not in _TEAMS_CHANGED and kind != "message":
        return Ignored(f"event {kind}")
    team = team_in(payload) or organization_in(payload)
    if kind in _TEAMS_CHANGED:
        return _teams_changed(payload, event, kind)
    if not team:
        return Malformed("an event without a team")
    if kind == "message":
        return parse_message(payload, event, team)
    at = _moment(payload, event)
    if at is None:
        return Malformed("an event without a time")
    return _PARSERS[kind](payload, event, team, at)


def _moment(payload: Mapping[str, Any], event: Json) -> datetime | None:
    return moment_of(text_in(event, "event_ts")) or _envelope_moment(payload)


def _envelope_moment(payload: Mapping[str, Any]) -> datetime | None:
    return moment_of(str(number_in(payload, "event_time")))


def _rate_limited(payload: Mapping[str, Any], event: Json) -> Parsed:
    team = text_in(event, "team_id") or team_in(payload)
    at = moment_of(str(number_in(event, "minute_rate_limited")))
    if not team or at is None:
        return Malformed("a rate limit without a team or a time")
    return EventsMissed(source_of(team), at)


def _reaction(payload: Mapping[str, Any], event: Json, team: str, at: datetime) -> Parsed:
    item = object_in(event, "item")
    if text_in(item, "type") not in {"message", ""}:
        return Ignored("a reaction to something that is no message")
    name, member = text_in(event, "reaction"), text_in(event, "user")
    conversation, message = text_in(item, "channel"), text_in(item, "ts")
    if not (name and member and conversation and is_timestamp(message)):
        return Malformed("a reaction without a message, a member or a name")
    return ReactionChanged(
        source=source_of(team, conversation),
        message=ExternalMessage(message),
        member=ExternalMember(member),
        emoji=name,
        character=character_of(name),
        added=text_in(event, "type") == "reaction_added",
        at=at,
    )


def _conversation_in(event: Json) -> str:
    return text_in(event, "channel") or text_in(object_in(event, "channel"), "id")


def _troubled(trouble: Trouble) -> Parser:
    def parser(payload: Mapping[str, Any], event: Json, team: str, at: datetime) -> Parsed:
        conversation = _conversation_in(event)
        if not conversation:
            return Malformed("an event about a channel without its id")
        return ConversationTroubled(source_of(team, conversation), trouble, at)

    return parser


def _mended(payload: Mapping[str, Any], event: Json, team: str, at: datetime) -> Parsed:
    conversation = _conversation_in(event)
    if not conversation:
        return Malformed("an event about a channel without its id")
    return ConversationMended(source_of(team, conversation), at)


def _member_came_or_went(
    payload: Mapping[str, Any], event: Json, team: str, at: datetime
) -> Parsed:
    if text_in(event, "user") != (bot_member_in(payload) or None):
        return Ignored("somebody else joined or left")
    if text_in(event, "type") == "member_joined_channel":
        return _mended(payload, event, team, at)
    return _troubled(Trouble.BOT_REMOVED)(payload, event, team, at)


def _renamed(payload: Mapping[str, Any], event: Json, team: str, at: datetime) -> Parsed:
    channel = object_in(event, "channel")
    name = text_in(channel, "name")
    conversation = _conversation_in(event)
    if not (conversation and name):
        return Malformed("a new name without a channel")
    return ConversationRenamed(source_of(team, conversation), name, at)


def _moved(payload: Mapping[str, Any], event: Json, team: str, at: datetime) -> Parsed:
    old, new = text_in(event, "old_channel_id"), text_in(event, "new_channel_id")
    if not (old and new):
        return Malformed("a new channel id without the old one")
    return ConversationRenamed(source_of(team, old), "", at, ExternalConversation(new))


def _workspace_lost(payload: Mapping[str, Any], event: Json, team: str, at: datetime) -> Parsed:
    if text_in(event, "type") == "tokens_revoked" and not object_in(event, "tokens").get("bot"):
        return Ignored("only a person's token was revoked")
    whole = organization_in(payload) if _is_organizations(payload) else ""
    return WorkspaceTroubled(source_of(whole or team), Trouble.TOKEN_GONE, at)


def _is_organizations(payload: Mapping[str, Any]) -> bool:
    """Whether an event is about an organization's installation as a whole."""
    return is_organization(text_in(payload, "team_id")) or any(
        flag_in(item, "is_enterprise_install") and not text_in(item, "team_id").startswith("T")
        for item in objects_in(payload, "authorizations")
    )


def _teams_changed(payload: Mapping[str, Any], event: Json, kind: str) -> Parsed:
    """The documentation shows the event inside another envelope; both forms are read."""
    inner = object_in(event, "event") or event
    listed = inner.get("team_ids")
    teams = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    organization, at = organization_in(payload), _moment(payload, inner)
    if not (teams and organization and at):
        return Malformed("a change of workspaces without them, their organization or a time")
    return TeamsChanged(
        source=source_of(organization),
        teams=tuple(ExternalWorkspace(clean(team)) for team in teams),
        granted=kind == "team_access_granted",
        at=at,
    )


def _member_changed(payload: Mapping[str, Any], event: Json, team: str, at: datetime) -> Parsed:
    profile = profile_of(object_in(event, "user"))
    if not profile.external_id:
        return Malformed("a changed member without an id")
    return MemberChanged(source_of(team), profile, at)


_TEAMS_CHANGED = frozenset({"team_access_granted", "team_access_revoked"})

_PARSERS: dict[str, Parser] = {
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
    "channel_archive": _troubled(Trouble.CONVERSATION_ARCHIVED),
    "group_archive": _troubled(Trouble.CONVERSATION_ARCHIVED),
    "channel_deleted": _troubled(Trouble.CONVERSATION_GONE),
    "group_deleted": _troubled(Trouble.CONVERSATION_GONE),
    "channel_left": _troubled(Trouble.BOT_REMOVED),
    "group_left": _troubled(Trouble.BOT_REMOVED),
    "channel_unarchive": _mended,
    "group_unarchive": _mended,
    "member_joined_channel": _member_came_or_went,
    "member_left_channel": _member_came_or_went,
    "channel_rename": _renamed,
    "group_rename": _renamed,
    "channel_id_changed": _moved,
    "app_uninstalled": _workspace_lost,
    "tokens_revoked": _workspace_lost,
    "user_change": _member_changed,
    "user_profile_changed": _member_changed,
}

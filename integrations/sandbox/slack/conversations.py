"""conversations.* of the Web API.

Source: docs.slack.dev/reference/methods/conversations.history and its neighbours.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from integrations.sandbox.slack.call import Call, Method, page_of
from integrations.sandbox.slack.channels import join, leave, rename, set_about, set_archived
from integrations.sandbox.slack.model import (
    Conversation,
    Json,
    Message,
    SlackApiError,
    order_of,
    ts_of,
)
from integrations.sandbox.slack.pace import Tier
from integrations.sandbox.slack.state import direct_message, require_message

HISTORY_DEFAULT = 100
HISTORY_MOST = 999
UNLISTED_MOST = 15


def conversation_json(call: Call, conversation: Conversation) -> Json:
    """A conversation as conversations.info answers it."""
    shown: Json = {
        "id": conversation.id,
        "created": conversation.created,
        "is_archived": conversation.archived,
        "is_im": conversation.kind == "im",
        "is_org_shared": False,
        "updated": conversation.created * 1000,
        "context_team_id": call.workspace.id,
    }
    if conversation.kind == "im":
        other = next((m for m in conversation.members if m != call.bot_user), call.bot_user)
        return {**shown, "user": other, "is_user_deleted": False, "is_open": True, "priority": 0}
    about = {"creator": conversation.creator, "last_set": conversation.created}
    return {
        **shown,
        "name": conversation.name,
        "name_normalized": conversation.name,
        "is_channel": True,
        "is_group": False,
        "is_mpim": conversation.kind == "mpim",
        "is_private": conversation.kind != "public",
        "is_general": conversation.general,
        "is_member": call.bot_user in conversation.members,
        "is_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "pending_connected_team_ids": [],
        "shared_team_ids": [call.workspace.id],
        "unlinked": 0,
        "creator": conversation.creator,
        "previous_names": [],
        "topic": {"value": conversation.topic, **about},
        "purpose": {"value": conversation.purpose, **about},
    }


def _require_history_scope(call: Call, conversation: Conversation) -> None:
    prefix = {"public": "channels", "private": "groups"}.get(conversation.kind, conversation.kind)
    call.require_scope(f"{prefix}:history")


def _limit(call: Call, default: int) -> int:
    limit = call.arguments.number("limit", default)
    if limit < 1:
        raise SlackApiError("invalid_limit")
    return min(limit, UNLISTED_MOST if call.installation.app.unlisted else HISTORY_MOST)


def _bounds(call: Call) -> tuple[int, int]:
    """The range of `oldest` and `latest` in whole microseconds, both ends included."""
    step = 0 if call.arguments.flag("inclusive") else 1
    oldest, latest = call.arguments.text("oldest"), call.arguments.text("latest")
    try:
        low = order_of(oldest) + step if oldest and order_of(oldest) else 0
        high = order_of(latest) - step if latest else 1 << 62
    except ValueError as error:
        name = "invalid_ts_oldest" if not _is_ts(oldest) else "invalid_ts_latest"
        raise SlackApiError(name) from error
    return low, high


def _is_ts(value: str) -> bool:
    return not value or value.replace(".", "", 1).isdigit()


def history(call: Call) -> Json:
    """conversations.history: newest first; replies only when broadcast.

    With `oldest` alone the page is the one nearest to `oldest` and pages go forward
    (slackhq/slack-api-docs#4), otherwise it is the newest one and pages go back.
    """
    conversation = call.joined_conversation()
    _require_history_scope(call, conversation)
    limit = _limit(call, HISTORY_DEFAULT)
    low, high = _bounds(call)
    cursor = call.arguments.text("cursor")
    forward = bool(call.arguments.text("oldest")) and not call.arguments.text("latest")
    if cursor and forward:
        low = max(low, _cursor_order(cursor))
    elif cursor:
        high = min(high, _cursor_order(cursor))
    timeline = conversation.timeline
    start, end = bisect_left(timeline, low), bisect_right(timeline, high)
    found = (
        timeline[start : min(end, start + limit)]
        if forward
        else timeline[max(start, end - limit) : end]
    )
    more = end - start > len(found)
    answer = _page(call, [conversation.messages[o] for o in reversed(found)], more)
    answer["pin_count"] = sum(m.pinned for m in conversation.messages.values())
    if more:
        following = found[-1] + 1 if forward else found[0] - 1
        answer["response_metadata"] = {"next_cursor": f"bmV4dF90czo{following}"}
    return answer


def _cursor_order(cursor: str) -> int:
    position = cursor.removeprefix("bmV4dF90czo")
    if position == cursor or not position.isdigit():
        raise SlackApiError("invalid_cursor")
    return int(position)


def _page(call: Call, messages: list[Message], more: bool) -> Json:
    with_metadata = call.arguments.flag("include_all_metadata")
    shown = [m.as_json(metadata=with_metadata) for m in messages]
    return {"messages": shown, "has_more": more}


def replies(call: Call) -> Json:
    """conversations.replies: the root, then its replies, oldest first."""
    conversation = call.joined_conversation()
    _require_history_scope(call, conversation)
    try:
        found = require_message(conversation, call.arguments.text("ts"))
    except SlackApiError as error:
        raise SlackApiError("thread_not_found") from error
    root = found.parent or found
    limit = _limit(call, 1000)
    low, high = _bounds(call)
    cursor = call.arguments.text("cursor")
    if cursor:
        low = max(low, _cursor_order(cursor))
    kept = [m for m in root.replies if low <= m.order <= high]
    taken = kept[:limit]
    answer = _page(call, [root, *taken], len(kept) > limit)
    if len(kept) > limit:
        answer["response_metadata"] = {"next_cursor": f"bmV4dF90czo{taken[-1].order + 1}"}
    return answer


def info(call: Call) -> Json:
    """conversations.info."""
    conversation = call.visible_conversation()
    shown = conversation_json(call, conversation)
    if call.arguments.flag("include_num_members"):
        shown["num_members"] = len(conversation.members)
    return {"channel": shown}


def _of_types(call: Call) -> list[Conversation]:
    names = {"public": "public_channel", "private": "private_channel"}
    wanted = call.arguments.text("types", "public_channel").replace(" ", "").split(",")
    if not set(wanted) <= {"public_channel", "private_channel", "mpim", "im"}:
        raise SlackApiError("invalid_types")
    unarchived = call.arguments.flag("exclude_archived")
    return [
        c
        for c in call.workspace.conversations.values()
        if names.get(c.kind, c.kind) in wanted and call.sees(c) and not (unarchived and c.archived)
    ]


def list_conversations(call: Call) -> Json:
    """conversations.list."""
    page, cursor = page_of(_of_types(call), call, 100, 999)
    shown = [{**conversation_json(call, c), "num_members": len(c.members)} for c in page]
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


def users_conversations(call: Call) -> Json:
    """users.conversations: those the user (by default the bot) is in."""
    member = call.arguments.text("user", call.bot_user)
    found = [c for c in _of_types(call) if member in c.members]
    page, cursor = page_of(found, call, 100, 999)
    shown = [conversation_json(call, c) for c in page]
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


def members(call: Call) -> Json:
    """conversations.members."""
    conversation = call.visible_conversation()
    page, cursor = page_of(list(conversation.members), call, 100, 1000)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def join_conversation(call: Call) -> Json:
    """conversations.join: public channels only."""
    conversation = call.visible_conversation()
    if conversation.kind != "public":
        raise SlackApiError("method_not_supported_for_channel_type")
    if conversation.archived:
        raise SlackApiError("is_archived")
    if call.bot_user in conversation.members:
        shown = conversation_json(call, conversation)
        warning = {"warning": "already_in_channel"}
        return {
            "channel": shown,
            **warning,
            "response_metadata": {"warnings": list(warning.values())},
        }
    join(call.state, call.workspace, conversation, call.bot_user)
    return {"channel": conversation_json(call, conversation)}


def leave_conversation(call: Call) -> Json:
    """conversations.leave."""
    conversation = call.visible_conversation()
    if call.bot_user not in conversation.members:
        return {"not_in_channel": True}
    if conversation.general:
        raise SlackApiError("cant_leave_general")
    leave(call.state, call.workspace, conversation, call.bot_user)
    return {}


def open_conversation(call: Call) -> Json:
    """conversations.open: the direct message with one member."""
    if call.arguments.text("channel"):
        conversation = call.visible_conversation()
    else:
        users = [u for u in call.arguments.text("users").split(",") if u]
        if not users:
            raise SlackApiError("users_list_not_supplied")
        if len(users) != 1:
            raise SlackApiError("too_many_users")
        if users[0] not in call.workspace.members:
            raise SlackApiError("user_not_found")
        conversation = direct_message(call.state, call.workspace, users[0], call.bot_user)
    full = call.arguments.flag("return_im")
    shown = conversation_json(call, conversation) if full else {"id": conversation.id}
    return {"channel": shown, "no_op": False, "already_open": False}


def create(call: Call) -> Json:
    """conversations.create: a channel with the bot in it."""
    name = call.arguments.text("name")
    if not name:
        raise SlackApiError("invalid_name_required")
    if name != name.lower() or len(name) > 80 or any(c in name for c in " .,!?#@"):
        raise SlackApiError("invalid_name_specials")
    if any(c.name == name for c in call.workspace.conversations.values()):
        raise SlackApiError("name_taken")
    kind = "private" if call.arguments.flag("is_private") else "public"
    made = Conversation(call.state.new_id("C"), name, kind, call.state.seconds(), call.bot_user)
    made.members[call.bot_user] = None
    call.workspace.conversations[made.id] = made
    call.state.changes.publish("conversation", call.workspace.id, made.id)
    return {"channel": conversation_json(call, made)}


def invite(call: Call) -> Json:
    """conversations.invite."""
    conversation = call.joined_conversation()
    users = [u for u in call.arguments.text("users").split(",") if u]
    if not users:
        raise SlackApiError("no_user")
    for user in users:
        if user not in call.workspace.members:
            raise SlackApiError("user_not_found")
        if user in conversation.members:
            raise SlackApiError("already_in_channel")
    for user in users:
        join(call.state, call.workspace, conversation, user, inviter=call.bot_user)
    return {"channel": conversation_json(call, conversation)}


def _about(call: Call, what: str) -> Json:
    conversation = call.joined_conversation()
    value = call.arguments.text(what)
    if len(value) > 250:
        raise SlackApiError("too_long")
    set_about(call.state, call.workspace, conversation, call.bot_user, what, value)
    return {"channel": conversation_json(call, conversation)}


def set_topic(call: Call) -> Json:
    """conversations.setTopic."""
    return _about(call, "topic")


def set_purpose(call: Call) -> Json:
    """conversations.setPurpose."""
    return _about(call, "purpose")


def archive(call: Call) -> Json:
    """conversations.archive."""
    conversation = call.joined_conversation()
    if conversation.archived:
        raise SlackApiError("already_archived")
    set_archived(call.state, call.workspace, conversation, call.bot_user, True)
    return {}


def rename_conversation(call: Call) -> Json:
    """conversations.rename."""
    conversation = call.joined_conversation()
    name = call.arguments.required("name", "invalid_name_required")
    rename(call.state, call.workspace, conversation, call.bot_user, name)
    return {"channel": conversation_json(call, conversation)}


def mark(call: Call) -> Json:
    """conversations.mark."""
    conversation = call.joined_conversation()
    ts_of(order_of(call.arguments.required("ts", "invalid_timestamp")))
    call.message_id = conversation.id
    return {}


READ = ("channels:read", "groups:read", "im:read", "mpim:read")
METHODS = {
    "conversations.history": Method(history, Tier.THREE),
    "conversations.replies": Method(replies, Tier.THREE),
    "conversations.info": Method(info, Tier.THREE, READ),
    "conversations.list": Method(list_conversations, Tier.TWO, READ),
    "conversations.members": Method(members, Tier.FOUR, READ),
    "conversations.join": Method(join_conversation, Tier.THREE, ("channels:join",), True),
    "conversations.leave": Method(
        leave_conversation, Tier.THREE, ("channels:manage", "groups:write"), True
    ),
    "conversations.open": Method(open_conversation, Tier.THREE, ("im:write",), True),
    "conversations.create": Method(create, Tier.TWO, ("channels:manage",), True),
    "conversations.invite": Method(invite, Tier.THREE, ("channels:manage",), True),
    "conversations.archive": Method(archive, Tier.TWO, ("channels:manage",), True),
    "conversations.rename": Method(rename_conversation, Tier.TWO, ("channels:manage",), True),
    "conversations.setTopic": Method(set_topic, Tier.TWO, ("channels:manage",), True),
    "conversations.setPurpose": Method(set_purpose, Tier.TWO, ("channels:manage",), True),
    "conversations.mark": Method(mark, Tier.THREE, ("channels:manage",), True),
    "users.conversations": Method(users_conversations, Tier.THREE, READ),
}

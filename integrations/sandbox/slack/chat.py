"""chat.* of the Web API. Source: docs.slack.dev/reference/methods/chat.postMessage and others."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.slack.call import Call, Method
from integrations.sandbox.slack.checks import (
    ATTACHMENTS,
    check_blocks,
    check_metadata,
    with_block_ids,
)
from integrations.sandbox.slack.messages import (
    add_ephemeral,
    add_message,
    change_message,
    remove_message,
)
from integrations.sandbox.slack.model import (
    Conversation,
    Installation,
    Json,
    Message,
    SlackApiError,
    order_of,
)
from integrations.sandbox.slack.pace import Tier
from integrations.sandbox.slack.rich_text import rich_text_block
from integrations.sandbox.slack.state import State, message_at, require_message

LONGEST_POST = 40_000
LONGEST_UPDATE = 4_000
LONGEST_MARKDOWN = 12_000


def bot_profile(installation: Installation) -> Json:
    """The `bot_profile` of a message that an app posts under its own name."""
    icon = "https://a.slack-edge.com/80588/img/plugins/app/bot_"
    return {
        "id": installation.bot_id,
        "deleted": False,
        "name": installation.app.name,
        "updated": 1700000000,
        "app_id": installation.app.id,
        "user_id": installation.bot_user,
        "icons": {f"image_{size}": f"{icon}{size}.png" for size in (36, 48, 72)},
        "team_id": installation.workspace,
    }


def new_block_id(state: State) -> str:
    """A block id as Slack makes them up."""
    return state.new_id("")[1:6]


def content_fields(state: State, arguments: Any, *, rich: bool = True) -> Json:
    """`text`, `blocks` and `attachments` of a call.

    Raises SlackApiError no_text, markdown_text_conflict, msg_too_long, invalid_blocks,
    invalid_blocks_format, msg_blocks_too_long, invalid_attachments or too_many_attachments.
    """
    text = arguments.text("text")
    blocks = arguments.structure("blocks", "invalid_blocks_format")
    attachments = arguments.structure("attachments", "invalid_attachments")
    markdown = arguments.text("markdown_text")
    if markdown:
        if text or blocks:
            raise SlackApiError("markdown_text_conflict")
        if len(markdown) > LONGEST_MARKDOWN:
            raise SlackApiError("msg_too_long")
        text = markdown
    if attachments and not isinstance(attachments, list):
        raise SlackApiError("invalid_attachments")
    if attachments and len(attachments) > ATTACHMENTS:
        raise SlackApiError("too_many_attachments")
    if not text and not blocks and not attachments:
        raise SlackApiError("no_text")
    fields: Json = {"text": text[:LONGEST_POST]}
    if blocks:
        checked = check_blocks(blocks)
        fields["blocks"] = with_block_ids(checked, lambda: new_block_id(state))
    elif text and rich and arguments.flag("mrkdwn", True):
        fields["blocks"] = [rich_text_block(fields["text"], new_block_id(state))]
    if attachments:
        fields["attachments"] = [
            {"id": number, **a} for number, a in enumerate(attachments, 1) if isinstance(a, dict)
        ]
    return fields


def author_fields(call: Call) -> Json:
    """Who a message is from: the bot user, or, under a custom name, `bot_message` without user."""
    arguments = call.arguments
    installation = call.installation
    name = arguments.text("username")
    icon_url = arguments.text("icon_url")
    icon_emoji = arguments.text("icon_emoji")
    if not (name or icon_url or icon_emoji):
        return {
            "user": installation.bot_user,
            "type": "message",
            "bot_id": installation.bot_id,
            "app_id": installation.app.id,
            "team": installation.workspace,
            "bot_profile": bot_profile(installation),
        }
    call.require_scope("chat:write.customize")
    fields: Json = {
        "subtype": "bot_message",
        "type": "message",
        "bot_id": installation.bot_id,
        "app_id": installation.app.id,
        "username": name or installation.app.name,
    }
    if icon_emoji:
        fields["icons"] = {"emoji": f":{icon_emoji.strip(':')}:"}
    elif icon_url:
        fields["icons"] = {f"image_{size}": icon_url for size in (36, 48, 72)}
    return fields


def thread_parent(call: Call, conversation: Conversation) -> Message | None:
    """The root that `thread_ts` means, None for no thread.

    Slack posts top-level, without an error, when that message is gone
    (slack-go/slack#1571). Raises SlackApiError invalid_thread_ts.
    """
    thread_ts = call.arguments.text("thread_ts")
    if not thread_ts:
        return None
    try:
        order_of(thread_ts)
    except ValueError as error:
        message = f"[ERROR] {thread_ts} is not a valid thread_ts"
        raise SlackApiError(
            "invalid_thread_ts", response_metadata={"messages": [message]}
        ) from error
    found = message_at(conversation, thread_ts)
    return found.parent or found if found is not None else None


def post_message(call: Call) -> Json:
    """chat.postMessage."""
    conversation = call.posting_conversation()
    fields = author_fields(call)
    fields.update(content_fields(call.state, call.arguments))
    metadata = check_metadata(call.arguments.structure("metadata", "invalid_metadata_format"))
    parent = thread_parent(call, conversation)
    broadcast = parent is not None and call.arguments.flag("reply_broadcast")
    message = add_message(
        call.state,
        call.workspace,
        conversation,
        fields,
        metadata=metadata,
        parent=parent,
        broadcast=broadcast,
    )
    call.message_id = message.ts
    shown = message.fields if metadata is None else {**message.fields, "metadata": metadata}
    return {"channel": conversation.id, "ts": message.ts, "message": shown}


def post_ephemeral(call: Call) -> Json:
    """chat.postEphemeral: seen by one member, no event, gone from history."""
    conversation = call.posting_conversation()
    member = call.arguments.text("user")
    if member not in call.workspace.members:
        raise SlackApiError("user_not_found")
    if member not in conversation.members:
        raise SlackApiError("user_not_in_channel")
    fields = author_fields(call)
    fields.update(content_fields(call.state, call.arguments))
    parent = thread_parent(call, conversation)
    if parent is not None:
        fields["thread_ts"] = parent.ts
    ts = add_ephemeral(call.state, call.workspace, conversation, member, fields)
    call.message_id = ts
    return {"message_ts": ts}


def _own_message(call: Call, error: str) -> tuple[Conversation, Message]:
    conversation = call.visible_conversation()
    message = require_message(conversation, call.arguments.text("ts"))
    if message.bot_id != call.installation.bot_id:
        raise SlackApiError(error)
    return conversation, message


def update(call: Call) -> Json:
    """chat.update: blocks go when only text is given, metadata stays when omitted; no username."""
    arguments = call.arguments
    conversation, message = _own_message(call, "cant_update_message")
    if conversation.archived:
        raise SlackApiError("is_archived")
    if message.fields.get("subtype") == "tombstone":
        raise SlackApiError("cant_update_message")
    if len(arguments.text("text")) > LONGEST_UPDATE:
        raise SlackApiError("msg_too_long")
    fields = _updated_fields(call, message)
    if "metadata" in arguments:
        given = arguments.structure("metadata", "invalid_metadata_format")
        message.metadata = check_metadata(given)
    if arguments.flag("reply_broadcast") and message.parent is not None:
        fields["subtype"] = "thread_broadcast"
        if message.order not in conversation.timeline:
            conversation.timeline.append(message.order)
            conversation.timeline.sort()
    change_message(call.state, call.workspace, conversation, message, fields)
    call.message_id = message.ts
    shown = message.as_json(metadata=True)
    return {"channel": conversation.id, "ts": message.ts, "text": fields["text"], "message": shown}


def _updated_fields(call: Call, message: Message) -> Json:
    arguments = call.arguments
    given = {
        name for name in ("text", "blocks", "attachments", "markdown_text") if arguments.get(name)
    }
    if not given and not (message.fields.get("files") or arguments.get("metadata")):
        raise SlackApiError("no_text")
    fields = dict(message.fields)
    if given:
        content = content_fields(call.state, arguments)
        if given & {"text", "markdown_text"} and "blocks" not in given:
            fields.pop("blocks", None)
        if not given & {"text", "markdown_text"}:
            content.pop("text")
        fields.update(content)
    for name in ("blocks", "attachments"):
        if arguments.get(name) in ([], "[]"):
            fields.pop(name, None)
    fields["edited"] = {
        "user": message.author or message.bot_id,
        "ts": f"{call.state.seconds()}.000000",
    }
    return fields


def delete(call: Call) -> Json:
    """chat.delete: own messages only."""
    conversation, message = _own_message(call, "cant_delete_message")
    if message.fields.get("subtype") == "tombstone":
        raise SlackApiError("message_not_found")
    remove_message(call.state, call.workspace, conversation, message)
    call.message_id = message.ts
    return {"channel": conversation.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    """chat.getPermalink."""
    conversation = call.visible_conversation()
    message = require_message(conversation, call.arguments.text("message_ts"))
    link = f"https://{call.workspace.domain}.slack.com/archives/{conversation.id}"
    link += f"/p{message.ts.replace('.', '')}"
    if message.parent is not None:
        link += f"?thread_ts={message.parent.ts}&cid={conversation.id}"
    return {"channel": conversation.id, "permalink": link}


def me_message(call: Call) -> Json:
    """chat.meMessage."""
    conversation = call.posting_conversation()
    fields: Json = {
        "type": "message",
        "subtype": "me_message",
        "user": call.bot_user,
        "bot_id": call.installation.bot_id,
        "text": call.arguments.required("text", "no_text"),
    }
    message = add_message(call.state, call.workspace, conversation, fields)
    call.message_id = message.ts
    return {"channel": conversation.id, "ts": message.ts}


WRITE = ("chat:write",)
METHODS = {
    "chat.postMessage": Method(post_message, Tier.NONE, WRITE, writes=True),
    "chat.postEphemeral": Method(post_ephemeral, Tier.FOUR, WRITE, writes=True),
    "chat.update": Method(update, Tier.THREE, WRITE, writes=True),
    "chat.delete": Method(delete, Tier.THREE, WRITE, writes=True),
    "chat.meMessage": Method(me_message, Tier.THREE, WRITE, writes=True),
    "chat.getPermalink": Method(get_permalink, Tier.MANY),
}

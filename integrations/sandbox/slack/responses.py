"""Answers of an app to an interaction: by `response_url`, or in the reply to a command.

Source: docs.slack.dev/interactivity/handling-user-interaction (5 uses within 30 minutes).
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from integrations.sandbox.slack.arguments import Arguments
from integrations.sandbox.slack.chat import content_fields
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
    ResponseUrl,
    SlackApiError,
    Workspace,
)
from integrations.sandbox.slack.state import State, is_before, message_at

MOST_USES = 5


async def receive_response(request: web.Request, state: State) -> web.Response:
    """`POST` to a response_url."""
    match = request.match_info
    place = state.response_urls.get(f"{match['team']}/{match['number']}/{match['secret']}")
    if place is None or not is_before(state.clock(), place.expires):
        return _failed("expired_url")
    if place.uses >= MOST_USES:
        return _failed("used_url")
    try:
        body = json.loads(await request.read())
    except ValueError:
        return _failed("invalid_payload", 400)
    if not isinstance(body, dict):
        return _failed("invalid_payload", 400)
    place.uses += 1
    workspace = state.workspaces[place.workspace]
    try:
        ts = respond(state, workspace, place, body)
    except SlackApiError as error:
        return _failed(error.code, 404 if error.code == "message_not_found" else 400)
    state.journal.add(
        workspace=workspace.id,
        method="response_url",
        conversation=place.conversation,
        body=body,
        message_id=ts,
    )
    return web.Response(text="ok")


def _failed(error: str, status: int = 404) -> web.Response:
    return web.json_response({"ok": False, "error": error}, status=status)


def respond(state: State, workspace: Workspace, place: ResponseUrl, body: Json) -> str:
    """Carry out an answer; the timestamp of what it made or changed.

    Where the interaction was on a message and neither `response_type` nor `replace_original`
    is given, the original is replaced. Raises SlackApiError.
    """
    conversation = workspace.conversations.get(place.conversation)
    installation = workspace.installation_of(place.app_id)
    if conversation is None or installation is None:
        raise SlackApiError("channel_not_found")
    if body.get("delete_original") is True:
        return _delete_original(state, workspace, conversation, place)
    fields = _fields(state, installation, body)
    on_message = bool(place.message_ts or place.ephemeral_ts)
    implied = on_message and "response_type" not in body and "replace_original" not in body
    if on_message and (implied or body.get("replace_original") is True):
        return _replace_original(state, workspace, conversation, place, fields)
    parent = _parent(conversation, str(body.get("thread_ts") or ""))
    if body.get("response_type") == "in_channel":
        return add_message(state, workspace, conversation, fields, parent=parent).ts
    if parent is not None:
        fields["thread_ts"] = parent.ts
    return add_ephemeral(state, workspace, conversation, place.member, fields)


def _fields(state: State, installation: Installation, body: Json) -> Json:
    return {
        "subtype": "bot_message",
        "type": "message",
        "bot_id": installation.bot_id,
        "app_id": installation.app.id,
        **content_fields(state, Arguments(body)),
    }


def _parent(conversation: Conversation, thread_ts: str) -> Message | None:
    found = message_at(conversation, thread_ts) if thread_ts else None
    return found.parent or found if found is not None else None


def _delete_original(
    state: State, workspace: Workspace, conversation: Conversation, place: ResponseUrl
) -> str:
    if place.ephemeral_ts:
        _drop_ephemeral(state, workspace, conversation, place)
        return place.ephemeral_ts
    message = message_at(conversation, place.message_ts)
    if message is None:
        raise SlackApiError("message_not_found")
    remove_message(state, workspace, conversation, message)
    return message.ts


def _replace_original(
    state: State, workspace: Workspace, conversation: Conversation, place: ResponseUrl, fields: Json
) -> str:
    if place.ephemeral_ts:
        _drop_ephemeral(state, workspace, conversation, place)
        place.ephemeral_ts = add_ephemeral(state, workspace, conversation, place.member, fields)
        return place.ephemeral_ts
    message = message_at(conversation, place.message_ts)
    if message is None:
        raise SlackApiError("message_not_found")
    kept = {k: v for k, v in message.fields.items() if k not in {"text", "blocks", "attachments"}}
    content: Json = {k: fields[k] for k in ("text", "blocks", "attachments") if k in fields}
    edited = {"user": message.bot_id, "ts": f"{state.seconds()}.000000"}
    change_message(state, workspace, conversation, message, {**kept, **content, "edited": edited})
    return message.ts


def _drop_ephemeral(
    state: State, workspace: Workspace, conversation: Conversation, place: ResponseUrl
) -> None:
    conversation.ephemerals = [e for e in conversation.ephemerals if e["ts"] != place.ephemeral_ts]
    state.changes.publish(
        "ephemeral_deleted",
        workspace.id,
        conversation.id,
        member=place.member,
        ts=place.ephemeral_ts,
    )


def show_command_answer(
    state: State, workspace: Workspace, place: ResponseUrl, body: Any
) -> Json | None:
    """Show what came back with the answer to a command: plain text or a message. None: nothing."""
    if not body:
        return None
    message = {"text": body} if isinstance(body, str) else body
    if not isinstance(message, dict) or not {"text", "blocks", "attachments"} & set(message):
        return None
    ts = respond(state, workspace, place, message)
    return {"ts": ts, "response_type": message.get("response_type", "ephemeral")}

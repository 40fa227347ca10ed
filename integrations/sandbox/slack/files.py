"""Uploads and downloads. Source: docs.slack.dev/messaging/working-with-files.

getUploadURLExternal, a POST of the bytes, completeUploadExternal; `url_private` wants a bearer
token and answers an HTML login page, with 200, to anyone else.
"""

from __future__ import annotations

import mimetypes
import re
from pathlib import PurePosixPath

from aiohttp import web

from integrations.sandbox.slack.call import Call, Method
from integrations.sandbox.slack.chat import content_fields
from integrations.sandbox.slack.messages import add_message, change_message
from integrations.sandbox.slack.model import (
    Conversation,
    Json,
    Message,
    SlackApiError,
    StoredFile,
    Workspace,
)
from integrations.sandbox.slack.pace import Tier
from integrations.sandbox.slack.state import State, message_at

LARGEST_FILE = 1 << 30
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in</body></html>"
THUMBNAILS = (64, 80, 160, 360, 480, 720)
_NOT_IN_ADDRESS = re.compile(r"[^a-z0-9._-]+")


def new_file(state: State, workspace: Workspace, owner: str, name: str, size: int) -> StoredFile:
    """A file that is announced but not yet uploaded."""
    plain = PurePosixPath(name.replace("\\", "/")).name or "file"
    kind = mimetypes.guess_type(plain)[0] or "application/octet-stream"
    made = StoredFile(
        state.new_id("F"), workspace.id, owner, plain, plain, kind, size, state.seconds()
    )
    made.upload_key = state.new_secret()
    workspace.files[made.id] = made
    return made


def file_json(state: State, file: StoredFile, workspace: Workspace) -> Json:
    """A file as it appears in messages and in files.info."""
    extension = PurePosixPath(file.name).suffix.lstrip(".").lower()
    base = f"{state.base_url}/files-pri/{workspace.id}-{file.id}"
    slug = _NOT_IN_ADDRESS.sub("_", file.name.lower())[-100:].strip(".") or "file"
    shown: Json = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": extension or "binary",
        "pretty_type": extension.upper() or "Binary",
        "user": file.owner,
        "user_team": workspace.id,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(file.shares),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{base}/{slug}",
        "url_private_download": f"{base}/download/{slug}",
        "media_display_type": "unknown",
        "permalink": f"https://{workspace.domain}.slack.com/files/{file.owner}/{file.id}/{file.name}",
        "is_starred": False,
        "has_rich_preview": False,
        "file_access": "visible",
    }
    if file.alt_text:
        shown["alt_txt"] = file.alt_text
    if file.mimetype.startswith("image/"):
        shown.update({f"thumb_{size}": f"{base}/{file.name}?size={size}" for size in THUMBNAILS})
    return shown


def share(
    state: State,
    workspace: Workspace,
    conversation: Conversation,
    files: list[StoredFile],
    fields: Json,
    parent: Message | None,
) -> Message:
    """Post files as a `file_share` message; `fields` says who posts and with which words."""
    shown = [file_json(state, f, workspace) for f in files]
    full: Json = {
        "type": "message",
        "subtype": "file_share",
        "text": "",
        **fields,
        "files": shown,
        "upload": True,
        "display_as_bot": False,
    }
    message = add_message(state, workspace, conversation, full, parent=parent)
    for file in files:
        file.shares.append((conversation.id, message.ts))
    return message


def get_upload_url(call: Call) -> Json:
    """files.getUploadURLExternal."""
    name = call.arguments.required("filename", "invalid_arguments")
    length = call.arguments.number("length", 0)
    if length <= 0:
        raise SlackApiError("invalid_arguments")
    if length > LARGEST_FILE:
        raise SlackApiError("file_upload_size_restricted")
    made = new_file(call.state, call.workspace, call.bot_user, name, length)
    made.alt_text = call.arguments.text("alt_txt")
    url = f"{call.state.base_url}/upload/v1/{call.workspace.id}-{made.id}/{made.upload_key}"
    return {"upload_url": url, "file_id": made.id}


def complete_upload(call: Call) -> Json:
    """files.completeUploadExternal: shares the uploads; the answer does not name the message."""
    given = call.arguments.structure("files", "invalid_arguments")
    if not isinstance(given, list) or not given:
        raise SlackApiError("invalid_arguments")
    files = [_uploaded(call, item) for item in given]
    targets = call.arguments.text("channels") or call.arguments.text("channel_id")
    conversations = [_target(call, c) for c in targets.split(",") if c]
    answer = {"files": [file_json(call.state, f, call.workspace) for f in files]}
    for file in files:
        file.complete = True
    for conversation in conversations:
        message = share(
            call.state,
            call.workspace,
            conversation,
            files,
            _share_fields(call),
            _share_parent(call, conversation),
        )
        call.message_id = message.ts
    return answer


def _uploaded(call: Call, item: object) -> StoredFile:
    found = call.workspace.files.get(str(item.get("id"))) if isinstance(item, dict) else None
    if found is None or found.deleted or found.owner != call.bot_user:
        raise SlackApiError("file_not_found")
    if found.content is None:
        raise SlackApiError("file_update_failed")
    if isinstance(item, dict) and item.get("title"):
        found.title = str(item["title"])
    return found


def _target(call: Call, conversation_id: str) -> Conversation:
    found = call.workspace.conversations.get(conversation_id)
    if found is None or not call.sees(found):
        raise SlackApiError("channel_not_found")
    if call.bot_user not in found.members:
        raise SlackApiError("not_in_channel")
    if found.archived:
        raise SlackApiError("is_archived")
    return found


def _share_fields(call: Call) -> Json:
    fields: Json = {"user": call.bot_user, "bot_id": call.installation.bot_id}
    comment = call.arguments.text("initial_comment")
    blocks = call.arguments.get("blocks")
    if comment or blocks:
        arguments = type(call.arguments)({"text": comment, "blocks": blocks})
        fields.update(content_fields(call.state, arguments))
    return fields


def _share_parent(call: Call, conversation: Conversation) -> Message | None:
    found = message_at(conversation, call.arguments.text("thread_ts") or "none")
    return found.parent or found if found is not None else None


def _existing(call: Call) -> StoredFile:
    found = call.workspace.files.get(call.arguments.text("file"))
    if found is None:
        raise SlackApiError("file_not_found")
    if found.deleted:
        raise SlackApiError("file_deleted")
    return found


def files_info(call: Call) -> Json:
    """files.info, with where the file was shared."""
    file = _existing(call)
    shares: dict[str, dict[str, list[Json]]] = {}
    for conversation_id, ts in file.shares:
        conversation = call.workspace.conversations.get(conversation_id)
        if conversation is None or not call.sees(conversation):
            continue
        kind = "public" if conversation.kind == "public" else "private"
        place = {"ts": ts, "channel_name": conversation.name, "team_id": call.workspace.id}
        message = message_at(conversation, ts)
        if message is not None and message.parent is not None:
            place["thread_ts"] = message.parent.ts
        shares.setdefault(kind, {}).setdefault(conversation_id, []).append(place)
    shown = file_json(call.state, file, call.workspace)
    channels = [c for c, _ in file.shares]
    return {
        "file": {**shown, "shares": shares, "channels": channels, "groups": [], "ims": []},
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }


def files_delete(call: Call) -> Json:
    """files.delete: own files; the messages keep a tombstone for it."""
    file = _existing(call)
    if file.owner != call.bot_user:
        raise SlackApiError("cant_delete_file")
    file.deleted = True
    file.content = None
    for conversation_id, ts in file.shares:
        conversation = call.workspace.conversations.get(conversation_id)
        message = message_at(conversation, ts) if conversation is not None else None
        if conversation is not None and message is not None:
            gone = [{"id": file.id, "mode": "tombstone"}]
            kept = [f for f in message.fields.get("files", []) if f["id"] != file.id]
            fields = {**message.fields, "files": kept + gone}
            change_message(call.state, call.workspace, conversation, message, fields)
    return {}


def find_file(state: State, reference: str) -> tuple[Workspace, StoredFile] | None:
    """The file behind `TEAM-FILE` in an address."""
    team, _, file_id = reference.partition("-")
    workspace = state.workspaces.get(team)
    file = workspace.files.get(file_id) if workspace is not None else None
    return (workspace, file) if workspace is not None and file is not None else None


async def receive_upload(request: web.Request, state: State) -> web.Response:
    """The POST of the bytes, raw or as a multipart part; no token, the address is the secret."""
    found = find_file(state, request.match_info["reference"])
    if found is None or found[1].upload_key != request.match_info["key"]:
        return web.Response(status=404, text="not found")
    if request.content_type.startswith("multipart/"):
        parts = [p for p in (await request.post()).values() if isinstance(p, web.FileField)]
        content = parts[0].file.read() if parts else b""
    else:
        content = await request.read()
    if not content:
        return web.Response(status=400, text="empty upload")
    found[1].content = content
    found[1].size = len(content)
    return web.Response(text=f"OK - {len(content)}")


def serve_file(request: web.Request, state: State) -> web.Response:
    """`url_private`: the bytes for a token of the file's workspace, else the login page."""
    found = find_file(state, request.match_info["reference"])
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    caller = state.tokens.get(token.strip()) if scheme.lower() == "bearer" else None
    allowed = (
        found is not None
        and caller is not None
        and caller.status == "active"
        and found[0].id in state.teams_of(caller.team)
        and "files:read" in caller.scopes
    )
    if found is None or not allowed:
        return web.Response(text=LOGIN_PAGE, content_type="text/html")
    return file_answer(found[1], download="/download/" in request.path)


def file_answer(file: StoredFile, *, download: bool = False) -> web.Response:
    """The bytes of a file. Never shown inline unless it is a picture."""
    if file.content is None:
        return web.Response(status=404, text="not found")
    safe_name = "".join(c for c in file.name if c.isprintable() and c != '"')
    picture = file.mimetype.startswith("image/") and file.mimetype != "image/svg+xml"
    place = "inline" if picture and not download else "attachment"
    headers = {
        "Content-Disposition": f'{place}; filename="{safe_name}"'.encode(
            "ascii", "replace"
        ).decode(),
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(body=file.content, content_type=file.mimetype, headers=headers)


WRITE = ("files:write",)
METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, Tier.FOUR, WRITE, True),
    "files.completeUploadExternal": Method(complete_upload, Tier.FOUR, WRITE, True),
    "files.info": Method(files_info, Tier.FOUR, ("files:read",)),
    "files.delete": Method(files_delete, Tier.THREE, WRITE, True),
}

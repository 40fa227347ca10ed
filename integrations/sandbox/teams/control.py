"""The control API: what the page and the tests make people do.

Every act is `POST /control/{act}` with a JSON body; bad input answers 400 and names the field.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import BodyPartReader, web

from integrations.sandbox.teams.asking import Asking
from integrations.sandbox.teams.model import Conversation, Json, Member, Message, Workspace
from integrations.sandbox.teams.people import People, Place, Upload
from integrations.sandbox.teams.snapshot import Snapshot, member_json, outcome_json
from integrations.sandbox.world import (
    BadInputError,
    Changes,
    Journal,
    bad_input_answer,
    stream_changes,
)

Act = Callable[[Json], Awaitable[Json]]
SWITCHES = (
    "reads_all",
    "graph_consent",
    "reacts_everywhere",
    "hears_edits",
)


@dataclass(slots=True)
class Control:
    """Turns control requests into what people do."""

    people: People
    asking: Asking
    journal: Journal
    changes: Changes
    snapshot: Snapshot

    def routes(self) -> list[web.RouteDef]:
        """All routes below `/control`."""
        return [
            web.get("/control/state", self._state),
            web.get("/control/journal", self._journal),
            web.get("/control/message", self._message),
            web.get("/control/stream", self._stream),
            web.post("/control/upload", self._upload),
            *(web.post(f"/control/{name}", _json_route(act)) for name, act in self._acts().items()),
        ]

    def _acts(self) -> dict[str, Act]:
        return {
            "say": self._say,
            "mention": self._mention,
            "command": self._command,
            "edit": self._edit,
            "delete": self._delete,
            "undelete": self._undelete,
            "react": self._react,
            "unreact": self._unreact,
            "press": self._press,
            "refresh": self._refresh,
            "submit": self._submit,
            "typeahead": self._typeahead,
            "close": self._close,
            "open": self._open,
            "action": self._action,
            "shortcut": self._action,
            "message_action": self._action,
            "compose": self._compose,
            "search": self._search,
            "link": self._link,
            "select": self._select,
            "faults": self._faults,
            "settings": self._settings,
            "add": self._add,
            "remove": self._remove,
            "rename": self._rename,
            "install": self._install,
            "team": self._team,
        }

    # Reading

    async def _state(self, request: web.Request) -> web.Response:
        try:
            messages = int(request.query.get("messages", "200"))
        except ValueError:
            return bad_input_answer(BadInputError("messages", "must be a whole number"))
        return web.json_response(self.snapshot.everything(messages=messages))

    async def _journal(self, request: web.Request) -> web.Response:
        try:
            since = int(request.query.get("since", "0"))
        except ValueError:
            return bad_input_answer(BadInputError("since", "must be a whole number"))
        entries = [entry.as_json() for entry in self.journal.since(since)]
        return web.json_response({"entries": entries, "next": len(self.journal)})

    async def _message(self, request: web.Request) -> web.Response:
        try:
            workspace = self.people.world.workspace(request.query.get("workspace"))
            place = workspace.conversation(request.query.get("conversation", ""))
            message = place.messages.get(request.query.get("message", ""))
            if message is None:
                raise BadInputError("message", "is no message here")
        except BadInputError as error:
            return bad_input_answer(error)
        return web.json_response(self.snapshot.message(workspace, place, message))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        return await stream_changes(request, self.changes)

    # Talking

    def _place(self, body: Json) -> Place:
        return self.people.place(
            body.get("workspace"),
            body.get("member"),
            body.get("conversation", body.get("channel")),
            body.get("thread") or "",
        )

    async def _say(self, body: Json) -> Json:
        place = self._place(body)
        mention = body.get("mention") is True
        return _said(place, self.people.say(place, _text(body, "text"), mention=mention))

    async def _mention(self, body: Json) -> Json:
        place = self._place(body)
        return _said(place, self.people.say(place, _text(body, "text"), mention=True))

    async def _command(self, body: Json) -> Json:
        place = self._place(body)
        in_channel = place.conversation.kind != "personal"
        return _said(place, self.people.say(place, _text(body, "text"), mention=in_channel))

    async def _edit(self, body: Json) -> Json:
        place = self._place(body)
        return _said(place, self.people.edit(place, _text(body, "message"), _text(body, "text")))

    async def _delete(self, body: Json) -> Json:
        place = self._place(body)
        return _said(place, self.people.delete(place, _text(body, "message")))

    async def _undelete(self, body: Json) -> Json:
        place = self._place(body)
        return _said(place, self.people.undelete(place, _text(body, "message")))

    async def _react(self, body: Json) -> Json:
        return self._reacted(body, added=True)

    async def _unreact(self, body: Json) -> Json:
        return self._reacted(body, added=False)

    def _reacted(self, body: Json, *, added: bool) -> Json:
        place = self._place(body)
        reaction = _text(body, "reaction")
        return _said(place, self.people.react(place, _text(body, "message"), reaction, added=added))

    async def _upload(self, request: web.Request) -> web.Response:
        try:
            fields, uploads = await _parts(request)
            place = self._place(fields)
            text, mention = fields.get("text", ""), fields.get("mention") == "true"
            message = self.people.say(place, text, mention=mention, uploads=uploads)
        except BadInputError as error:
            return bad_input_answer(error)
        return web.json_response(_said(place, message))

    # Asking

    async def _press(self, body: Json) -> Json:
        place = self._place(body)
        outcome = await self.asking.press(
            place, _text(body, "message"), _object(body, "action"), _object(body, "inputs")
        )
        return outcome_json(outcome)

    async def _refresh(self, body: Json) -> Json:
        place = self._place(body)
        return outcome_json(await self.asking.refresh(place, _text(body, "message")))

    async def _submit(self, body: Json) -> Json:
        workspace = self.people.world.workspace(body.get("workspace"))
        outcome = await self.asking.submit(workspace, _text(body, "dialog"), _object(body, "data"))
        return outcome_json(outcome)

    async def _typeahead(self, body: Json) -> Json:
        workspace = self.people.world.workspace(body.get("workspace"))
        asked = _text(body, "dialog"), _text(body, "dataset"), str(body.get("query") or "")
        return outcome_json(await self.asking.typeahead(workspace, *asked))

    async def _close(self, body: Json) -> Json:
        workspace = self.people.world.workspace(body.get("workspace"))
        self.asking.close(workspace, _text(body, "dialog"))
        return {"ok": True}

    async def _open(self, body: Json) -> Json:
        workspace = self.people.world.workspace(body.get("workspace"))
        member = workspace.member(_text(body, "member"))
        return {"conversation": self.people.open_chat(workspace, member).id}

    async def _action(self, body: Json) -> Json:
        place = self._place(body)
        outcome = await self.asking.command(
            place, _text(body, "command"), "message", _text(body, "message")
        )
        return outcome_json(outcome)

    async def _compose(self, body: Json) -> Json:
        place = self._place(body)
        return outcome_json(await self.asking.command(place, _text(body, "command"), "compose", ""))

    async def _search(self, body: Json) -> Json:
        place = self._place(body)
        parameter = str(body.get("parameter") or "query")
        outcome = await self.asking.search(
            place, _text(body, "command"), parameter, str(body.get("query") or "")
        )
        return outcome_json(outcome)

    async def _link(self, body: Json) -> Json:
        return outcome_json(await self.asking.unfurl(self._place(body), _text(body, "url")))

    async def _select(self, body: Json) -> Json:
        return outcome_json(await self.asking.select(self._place(body), body.get("item")))

    # The tenant itself

    async def _faults(self, body: Json) -> Json:
        workspace = self.people.world.workspace(body.get("workspace"))
        values = {name: value for name, value in body.items() if name != "workspace"}
        workspace.change_faults(values)
        self.changes.publish("faults", workspace.key, faults=workspace.faults_json())
        return workspace.faults_json()

    async def _settings(self, body: Json) -> Json:
        workspace = self.people.world.workspace(body.get("workspace"))
        for name, value in body.items():
            if name in ("workspace", "member"):
                continue
            if name == "blocked_bot":
                workspace.member(_text(body, "member")).blocked_bot = value is True
            elif name in SWITCHES and isinstance(value, bool):
                setattr(workspace, name, value)
            else:
                raise BadInputError(name, "is no setting of a workspace, or not true or false")
        self.changes.publish("workspace", workspace.key)
        return self.snapshot.workspace(workspace, 0)

    async def _add(self, body: Json) -> Json:
        kind = body.get("kind")
        if kind == "workspace":
            key = _text(body, "workspace")
            made = self.people.world.add_workspace(key, str(body.get("name") or key))
            self.changes.publish("workspace", made.key)
            return self.snapshot.workspace(made, 0)
        workspace = self.people.world.workspace(body.get("workspace"))
        name = _text(body, "name")
        if kind == "channel":
            channel = self.people.add_channel(
                workspace,
                self._someone(workspace, body),
                name,
                str(body.get("channel_type") or "standard"),
            )
            return self.snapshot.conversation(workspace, channel, 0)
        if kind == "member":
            key = str(body.get("member") or name.lower().replace(" ", "_"))
            details = {n: str(body[n]) for n in ("title", "timezone", "role") if body.get(n)}
            return member_json(self.people.join(workspace, key, name, **details))
        if kind == "chat":
            chat = self._add_chat(workspace, name, body.get("members"))
            return self.snapshot.conversation(workspace, chat, 0)
        raise BadInputError("kind", "must be workspace, channel, member or chat")

    def _add_chat(self, workspace: Workspace, name: str, keys: Any) -> Conversation:
        if not isinstance(keys, list) or not keys:
            raise BadInputError("members", "must be a list of members")
        members = [workspace.member(str(key), "members").id for key in keys]
        return self.people.add_group_chat(workspace, members, name)

    async def _remove(self, body: Json) -> Json:
        workspace = self.people.world.workspace(body.get("workspace"))
        if body.get("kind") == "channel":
            channel = workspace.conversation(_text(body, "conversation"))
            self.people.remove_channel(workspace, channel, self._someone(workspace, body))
        elif body.get("kind") == "member":
            self.people.leave(workspace, workspace.member(_text(body, "member")))
        else:
            raise BadInputError("kind", "must be channel or member")
        return {"ok": True}

    async def _rename(self, body: Json) -> Json:
        workspace = self.people.world.workspace(body.get("workspace"))
        member = self._someone(workspace, body)
        if body.get("conversation"):
            channel = workspace.conversation(_text(body, "conversation"))
            self.people.rename_channel(workspace, channel, member, _text(body, "name"))
        else:
            self.people.rename_team(workspace, member, _text(body, "name"))
        return {"ok": True}

    async def _install(self, body: Json) -> Json:
        workspace = self.people.world.workspace(body.get("workspace"))
        self.people.install(
            workspace,
            self._someone(workspace, body),
            _text(body, "action"),
            str(body.get("conversation") or ""),
        )
        return {"installed": workspace.installed}

    async def _team(self, body: Json) -> Json:
        workspace = self.people.world.workspace(body.get("workspace"))
        self.people.change_team(workspace, self._someone(workspace, body), _text(body, "event"))
        return {"archived": workspace.archived, "installed": workspace.installed}

    def _someone(self, workspace: Workspace, body: Json) -> Member | None:
        if body.get("kind") != "member" and body.get("member"):
            return workspace.member(_text(body, "member"))
        return next(iter(workspace.members.values()), None)


def _json_route(act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await act(_body(await request.read())))
        except BadInputError as error:
            return bad_input_answer(error)

    return handle


def _body(raw: bytes) -> Json:
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        raise BadInputError("body", "is no JSON") from None
    if not isinstance(body, dict):
        raise BadInputError("body", "is no object")
    return body


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise BadInputError(name, "must be a text")
    return value


def _object(body: Json, name: str) -> Json:
    value: Any = body.get(name)
    if value is None and name != "action":
        return {}
    if not isinstance(value, dict):
        raise BadInputError(name, "must be an object")
    return value


async def _parts(request: web.Request) -> tuple[Json, list[Upload]]:
    """The fields and files of an upload; images stand in the text unless `as` is `file`."""
    if request.content_type != "multipart/form-data":
        raise BadInputError("body", "must be multipart/form-data")
    fields: Json = {}
    uploads: list[Upload] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise BadInputError("file", "is nested too deep")
        if part.filename:
            kind = part.headers.get("Content-Type") or _guess(part.filename)
            uploads.append(Upload(part.filename, kind, bytes(await part.read(decode=True))))
        else:
            fields[str(part.name)] = await part.text()
    if not uploads:
        raise BadInputError("file", "is missing")
    for upload in uploads:
        upload.alt = fields.get("alt", "")
        upload.inline = upload.content_type.startswith("image/") and fields.get("as") != "file"
    return fields, uploads


def _guess(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _said(place: Place, message: Message) -> Json:
    return {
        "id": message.id,
        "conversation": place.conversation.id,
        "thread": message.root,
    }

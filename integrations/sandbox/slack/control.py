"""`/control/…`: what the page and tests of other processes do, as any member. JSON over HTTP."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from integrations.sandbox.slack import channels, consent, setup
from integrations.sandbox.slack.directory import member_json
from integrations.sandbox.slack.files import file_answer, find_file
from integrations.sandbox.slack.model import Organization, SlackApiError
from integrations.sandbox.slack.state import conversation_named, member_named, workspace_named
from integrations.sandbox.world import BadInputError, bad_input_answer, stream_changes

if TYPE_CHECKING:
    from integrations.sandbox.slack.app import SlackStandIn
    from integrations.sandbox.slack.model import Json

Action = Callable[["Given"], Awaitable[Any]]
CHANNEL_VERBS = frozenset(
    {"join", "leave", "remove", "archive", "unarchive", "rename", "topic", "purpose", "delete"}
)


class Given(dict[str, Any]):
    """The fields of a control request."""

    def text(self, name: str, default: str | None = None) -> str:
        """A text field; without a default it must be there. Raises BadInputError."""
        value = self.get(name, default)
        if value is None:
            raise BadInputError(name, "must be given")
        if not isinstance(value, str):
            raise BadInputError(name, "must be text")
        return value

    def place(self) -> tuple[str, str, str]:
        """Workspace, member and channel."""
        return self.text("workspace"), self.text("member"), self.text("channel")


class Control:
    """The handlers of the control API."""

    def __init__(self, standin: SlackStandIn) -> None:
        self._it = standin
        self._actions: dict[str, Action] = {
            "say": self._say,
            "mention": self._mention,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "unreact": self._unreact,
            "unfurl": self._unfurl,
            "redeliver": self._redeliver,
            "command": self._command,
            "press": self._press,
            "submit": self._submit,
            "suggest": self._suggest,
            "close": self._close,
            "open": self._open,
            "shortcut": self._shortcut,
            "message_action": self._shortcut,
            "channel": self._channel,
            "member": self._member,
            "team": self._team,
            "uninstall": self._uninstall,
            "revoke": self._revoke,
            "team_access": self._team_access,
            "app": self._app,
            "verify": self._verify,
            "reconnect": self._reconnect,
            "faults": self._faults,
            "add": self._add,
        }

    def routes(self) -> list[web.RouteDef]:
        """The routes to add to the stand-in's application."""
        return [
            web.get("/control/state", self._state),
            web.get("/control/journal", self._journal),
            web.get("/control/deliveries", self._deliveries),
            web.get("/control/stream", self._stream),
            web.get("/control/file/{reference}", self._file),
            web.post("/control/upload", self._upload),
            web.post("/control/{action}", self._act),
        ]

    async def _act(self, request: web.Request) -> web.Response:
        action = self._actions.get(request.match_info["action"])
        if action is None:
            return web.json_response({"error": "unknown action", "field": "action"}, status=404)
        try:
            return web.json_response(await action(await _given(request)))
        except BadInputError as error:
            return bad_input_answer(error)
        except SlackApiError as error:
            return web.json_response({"error": error.code, "field": ""}, status=400)

    async def _say(self, given: Given) -> Json:
        message = self._it.people.say(
            *given.place(),
            given.text("text"),
            thread_ts=given.text("thread_ts", ""),
            broadcast=given.get("broadcast") is True,
        )
        return {"ok": True, "ts": message.ts}

    async def _mention(self, given: Given) -> Json:
        message = self._it.people.mention(
            *given.place(),
            given.text("text", ""),
            given.text("app", ""),
            thread_ts=given.text("thread_ts", ""),
        )
        return {"ok": True, "ts": message.ts}

    async def _edit(self, given: Given) -> Json:
        message = self._it.people.edit(*given.place(), given.text("ts"), given.text("text"))
        return {"ok": True, "ts": message.ts}

    async def _delete(self, given: Given) -> Json:
        self._it.people.delete(*given.place(), given.text("ts"))
        return {"ok": True}

    async def _react(self, given: Given) -> Json:
        self._it.people.react(*given.place(), given.text("ts"), given.text("emoji"))
        return {"ok": True}

    async def _unreact(self, given: Given) -> Json:
        self._it.people.unreact(*given.place(), given.text("ts"), given.text("emoji"))
        return {"ok": True}

    async def _unfurl(self, given: Given) -> Json:
        self._it.people.unfurl(
            given.text("workspace"),
            given.text("channel"),
            given.text("ts"),
            given.text("title", "A page"),
        )
        return {"ok": True}

    async def _redeliver(self, given: Given) -> Json:
        if not self._it.outgoing.redeliver(given.text("event_id")):
            raise BadInputError("event_id", "is not an event that was sent")
        return {"ok": True}

    async def _command(self, given: Given) -> Json:
        return await self._it.interactions.command(*given.place(), given.text("text"))

    async def _press(self, given: Given) -> Json:
        return await self._it.interactions.press(
            given.text("workspace"),
            given.text("member"),
            action_id=given.text("action_id"),
            block_id=given.text("block_id", ""),
            channel=given.text("channel", ""),
            ts=given.text("ts", ""),
            view_id=given.text("view_id", ""),
            chosen=_object(given, "chosen"),
        )

    async def _submit(self, given: Given) -> Json:
        return await self._it.interactions.submit(
            given.text("workspace"),
            given.text("member"),
            _object(given, "values"),
            given.text("view_id", ""),
        )

    async def _suggest(self, given: Given) -> Json:
        return await self._it.interactions.suggest(
            given.text("workspace"),
            given.text("member"),
            view_id=given.text("view_id"),
            action_id=given.text("action_id"),
            block_id=given.text("block_id", ""),
            typed=given.text("value", ""),
        )

    async def _close(self, given: Given) -> Json:
        return await self._it.interactions.close(
            given.text("workspace"), given.text("member"), given.text("view_id", "")
        )

    async def _open(self, given: Given) -> Json:
        return self._it.interactions.open_home(
            given.text("workspace"),
            given.text("member"),
            given.text("app", ""),
            given.text("tab", "home"),
        )

    async def _shortcut(self, given: Given) -> Json:
        return await self._it.interactions.shortcut(
            given.text("workspace"),
            given.text("member"),
            given.text("callback_id"),
            given.text("channel", ""),
            given.text("ts", ""),
        )

    async def _channel(self, given: Given) -> Json:
        """`do`: join, leave, remove (of `target`), archive, unarchive, rename, topic, …"""
        state = self._it.state
        workspace = workspace_named(state, given.text("workspace"))
        conversation = conversation_named(workspace, given.text("channel"))
        person = member_named(workspace, given.text("member")).id
        verb = given.text("do")
        target = member_named(workspace, given.get("target", person), "target").id
        if verb == "join":
            inviter = person if target != person else ""
            channels.join(state, workspace, conversation, target, inviter=inviter)
        elif verb in {"leave", "remove"}:
            channels.leave(state, workspace, conversation, target, actor=person)
        elif verb in {"archive", "unarchive"}:
            channels.set_archived(state, workspace, conversation, person, verb == "archive")
        elif verb == "rename":
            channels.rename(state, workspace, conversation, person, given.text("name"))
        elif verb in {"topic", "purpose"}:
            value = given.text("text")
            channels.set_about(state, workspace, conversation, person, verb, value)
        elif verb == "delete":
            channels.delete_channel(state, workspace, conversation, person)
        else:
            raise BadInputError("do", f"must be one of {', '.join(sorted(CHANNEL_VERBS))}")
        return {"ok": True}

    async def _member(self, given: Given) -> Json:
        """Change a member's name, title, picture or standing; tells apps by user_change."""
        state = self._it.state
        workspace = workspace_named(state, given.text("workspace"))
        member = member_named(workspace, given.text("member"))
        for name in ("real_name", "title", "email", "image"):
            if name in given:
                setattr(member, name, given.text(name))
        for name in ("admin", "owner", "deleted"):
            if name in given:
                setattr(member, name, given[name] is True)
        member.updated = state.seconds()
        channels.change_member(state, workspace, member, member_json(member, workspace))
        return {"ok": True}

    async def _team(self, given: Given) -> Json:
        workspace = workspace_named(self._it.state, given.text("workspace"))
        channels.rename_team(self._it.state, workspace, given.text("name"))
        return {"ok": True}

    async def _team_access(self, given: Given) -> Json:
        """An organization lets its app into a workspace, or with `granted: false` takes it out."""
        state = self._it.state
        place = workspace_named(state, given.text("workspace"))
        app, granted = self._it.app_named(given.text("app", "")), given.get("granted") is not False
        consent.let_in(state, self._organization(given), app, place.id, granted)
        return {"ok": True}

    def _organization(self, given: Given) -> Organization:
        found = self._it.state.organizations.get(given.text("organization"))
        if found is None:
            raise BadInputError("organization", "is not one of this stand-in")
        return found

    async def _uninstall(self, given: Given) -> Json:
        if "organization" in given:
            app = self._it.app_named(given.text("app", ""))
            consent.uninstall_organization(self._it.state, self._organization(given), app)
            return {"ok": True}
        workspace, installation = self._installation(given)
        channels.uninstall(self._it.state, workspace, installation)
        return {"ok": True}

    async def _revoke(self, given: Given) -> Json:
        workspace, installation = self._installation(given)
        channels.revoke(self._it.state, workspace, installation)
        return {"ok": True}

    def _installation(self, given: Given) -> Any:
        workspace = workspace_named(self._it.state, given.text("workspace"))
        app = given.text("app", "")
        found = next((i for i in workspace.installations if app in ("", i.app.id)), None)
        if found is None:
            raise BadInputError("app", "is not installed in this workspace")
        return workspace, found

    async def _app(self, given: Given) -> Json:
        """Change an app's addresses, commands, shortcuts or subscriptions."""
        setup.change_app(self._it.app_named(given.text("app", "")), given)
        return {"ok": True}

    async def _verify(self, given: Given) -> Json:
        return {"ok": await self._it.outgoing.challenge(self._it.app_named(given.text("app", "")))}

    async def _reconnect(self, given: Given) -> Json:
        await self._it.outgoing.sockets.refresh(self._it.app_named(given.text("app", "")).id)
        return {"ok": True}

    async def _faults(self, given: Given) -> Json:
        workspace = workspace_named(self._it.state, given.text("workspace"))
        faults = self._it.state.faults_of(workspace.id)
        faults.change({k: v for k, v in given.items() if k != "workspace"})
        self._it.state.changes.publish("faults", workspace.id, faults=faults.as_json())
        return {"ok": True, "faults": faults.as_json()}

    async def _add(self, given: Given) -> Json:
        return {"ok": True, **setup.add(self._it.state, given)}

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(self._it.snapshot())

    async def _journal(self, request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        if not since.isdigit():
            return bad_input_answer(BadInputError("since", "must be a whole number, 0 or more"))
        journal = self._it.state.journal
        entries = [entry.as_json() for entry in journal.since(int(since))]
        return web.json_response({"entries": entries, "next": len(journal)})

    async def _deliveries(self, request: web.Request) -> web.Response:
        shown = [
            {
                "app": d.app.id,
                "workspace": d.workspace,
                "envelope": d.envelope,
                "attempts": [{"status": a.status, "reason": a.reason} for a in d.attempts],
            }
            for d in self._it.outgoing.deliveries
        ]
        return web.json_response({"deliveries": shown})

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        return await stream_changes(request, self._it.state.changes)

    async def _file(self, request: web.Request) -> web.Response:
        found = find_file(self._it.state, request.match_info["reference"])
        return file_answer(found[1]) if found is not None else web.Response(status=404)

    async def _upload(self, request: web.Request) -> web.Response:
        """Multipart: the fields of say, and one part `file`."""
        parts = await request.post()
        given = Given({k: v for k, v in parts.items() if isinstance(v, str)})
        file = parts.get("file")
        try:
            if file is None or isinstance(file, str | bytes | bytearray):
                raise BadInputError("file", "must be an uploaded file")
            message = self._it.people.upload(
                *given.place(),
                file.filename,
                file.file.read(),
                text=given.text("text", ""),
                thread_ts=given.text("thread_ts", ""),
                alt_text=given.text("alt_text", ""),
            )
        except BadInputError as error:
            return bad_input_answer(error)
        return web.json_response({"ok": True, "ts": message.ts})


async def _given(request: web.Request) -> Given:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise BadInputError("body", "must be JSON") from error
    if not isinstance(body, dict):
        raise BadInputError("body", "must be a JSON object")
    return Given(body)


def _object(given: Given, name: str) -> Json:
    value = given.get(name, {})
    if not isinstance(value, dict):
        raise BadInputError(name, "must be an object")
    return value

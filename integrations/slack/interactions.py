"""What people ask of the bot: commands, shortcuts, buttons, the home page. Built on slack-bolt.

Requests are verified before they come here, and who may ask is looked up in our own registry, so
that no request costs a call to Slack before it is answered.
"""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult

from core import screen_words
from core.failures import CallFailed
from core.ids import ExternalMessage
from core.places import Workspace
from core.ports import Answer, Asker, Credentials, FrontDesk, Registry
from core.screens import Office, office_verb
from core.text import paragraph, plain_text
from integrations.slack.answers import DESK_PREFIX, OFFICE_PREFIX, answer_message, home_view
from integrations.slack.askers import asker_of, asking_team, commander, home_owner
from integrations.slack.fields import Json, object_in, objects_in, text_in
from integrations.slack.guests import Guests
from integrations.slack.ids import is_timestamp, source_of
from integrations.slack.office import BROKEN, SlackOffice, Visit, visit_of
from integrations.slack.platform import SlackPlatform
from integrations.slack.scopes import WHO_HAS_GOT_THIS
from integrations.slack.screens import OFFICE_FORM, answer_view

logger = logging.getLogger(__name__)

_AT_ONCE_SECONDS = 2.0
_ANY = re.compile(r".*", re.DOTALL)
_NOT_KNOWN = Answer("", paragraph(screen_words.NOT_TAKING_PART))
_NOT_UNDERSTOOD = Answer(screen_words.BROKEN_TITLE, paragraph(screen_words.OLD_BUTTON))
Asking = Callable[[], Awaitable[Answer]]


def _bolt_logger() -> logging.Logger:
    """Bolt's warnings quote what people typed into forms, so only its errors are kept."""
    quiet = logging.getLogger("integrations.slack.bolt")
    quiet.setLevel(logging.ERROR)
    return quiet


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request is answered with."""

    status: int
    body: str = ""
    content_type: str = "application/json"


class SlackInteractions:
    """Lets the front desk answer, in the way Slack wants each kind of question answered."""

    def __init__(
        self,
        *,
        platform: SlackPlatform,
        registry: Registry,
        desk: FrontDesk,
        credentials: Credentials,
        session: aiohttp.ClientSession,
        clock: Callable[[], datetime],
        office: Office | None = None,
    ) -> None:
        self._platform = platform
        self._office = (
            SlackOffice(office, platform, Guests(platform.client, clock))
            if office is not None
            else None
        )
        self._registry = registry
        self._desk = desk
        self._credentials = credentials
        self._session = session
        self._app = self._listening_app()

    def _listening_app(self) -> AsyncApp:
        async def authorize(team_id: str | None) -> AuthorizeResult:
            return await self._authorized(team_id or "")

        app = AsyncApp(
            name="Mayoral Exchange",
            logger=_bolt_logger(),
            signing_secret="checked-by-our-webhook",  # noqa: S106 - not a secret, never used
            authorize=authorize,
            request_verification_enabled=False,
        )
        app.command(_ANY)(self._on_command)
        app.shortcut(WHO_HAS_GOT_THIS)(self._on_who_has_got)
        app.action(re.compile(f"^{re.escape(DESK_PREFIX)}"))(self._on_button)
        app.event("app_home_opened")(self._on_home)
        if self._office is not None:
            self._listen_for(self._office, app)
        return app

    async def take(self, payload: Mapping[str, Any]) -> Reply:
        """Answer a payload; one that nobody understands gets 200 and a kind line."""
        if await self._workspace(asking_team(payload)) is None:
            return await self._not_known(payload)
        # Bolt's socket mode takes a payload as it is; ours is verified and read already.
        request = AsyncBoltRequest(body=dict(payload), mode="socket_mode")
        response = await self._app.async_dispatch(request)
        if response.status == 404:
            return await self._not_understood(payload)
        content_type = response.headers.get("content-type", ["application/json"])[0]
        return Reply(response.status, response.body or "", content_type.partition(";")[0])

    async def _authorized(self, team: str) -> AuthorizeResult:
        """What bolt wants to know of a team. Without a token its listeners still answer."""
        workspace = await self._workspace(team)
        if workspace is None:
            return AuthorizeResult(enterprise_id=None, team_id=team)
        try:
            token = await self._credentials.token(workspace.id)
        except CallFailed:
            token = None
        return AuthorizeResult(
            enterprise_id=None,
            team_id=team,
            bot_token=token,
            bot_id=workspace.bot_id or None,
            bot_user_id=workspace.bot_member or None,
        )

    async def _workspace(self, team: str) -> Workspace | None:
        return await self._registry.workspace(source_of(team)) if team else None

    async def _on_command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        asker = commander(body)
        words = text_in(body, "text").strip()
        if (verb := office_verb(words)) is not None and self._office is not None:
            await ack()
            await self._open_by_command(asker, body, self._office, verb)
            return
        asking = asyncio.ensure_future(self._asked(lambda: self._desk.ask(asker, words)))
        await asyncio.wait({asking}, timeout=_AT_ONCE_SECONDS)
        if asking.done():
            message = answer_message(asking.result(), asker.tenant)
            await ack(response_type="ephemeral", **message)
            return
        await ack()
        await self._respond(text_in(body, "response_url"), asker, await asking)

    async def _on_who_has_got(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        message = object_in(body, "message")
        timestamp = text_in(body, "message_ts") or text_in(message, "ts")
        chosen = ExternalMessage(timestamp) if is_timestamp(timestamp) else None
        asker = asker_of(body)
        answer = await self._asked(lambda: self._desk.who_has_got(asker, chosen))
        await self._respond(text_in(body, "response_url"), asker, answer)

    async def _on_button(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        pressed: Json = next(objects_in(body, "actions"), {})
        asker = asker_of(body)
        answer = await self._asked(lambda: self._desk.ask(asker, text_in(pressed, "value")))
        workspace = await self._workspace(asker.workspace)
        if self._office is not None and workspace is not None and object_in(body, "view"):
            await self._office.show(visit_of(workspace, body), answer)
        elif text_in(object_in(body, "view"), "type") == "home":
            await self._show_home(asker, answer)
        else:
            await self._respond(text_in(body, "response_url"), asker, answer)

    async def _open_by_command(
        self, asker: Asker, body: Json, office: SlackOffice, verb: str
    ) -> None:
        workspace = await self._workspace(asker.workspace)
        if workspace is None:
            return
        visit = Visit(
            workspace,
            asker,
            name=text_in(body, "user_name"),
            trigger=text_in(body, "trigger_id"),
            response_url=text_in(body, "response_url"),
        )
        await office.open(visit, verb)

    def _listen_for(self, office: SlackOffice, app: AsyncApp) -> None:
        """What only an office answers: its buttons, its forms, and what is typed into them."""

        async def pressed(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            workspace = await self._workspace(asking_team(body))
            button: Json = next(objects_in(body, "actions"), {})
            if workspace is not None:
                await office.open(visit_of(workspace, body), text_in(button, "value"))

        async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
            workspace = await self._workspace(asking_team(body))
            if workspace is None:
                await ack()
                return
            await office.submit(ack, visit_of(workspace, body), object_in(body, "view"))

        async def typed(ack: AsyncAck, body: dict[str, Any]) -> None:
            workspace = await self._workspace(asking_team(body))
            if workspace is None:
                await ack(options=[])
                return
            await office.suggest(ack, visit_of(workspace, body), body)

        app.action(re.compile(f"^{re.escape(OFFICE_PREFIX)}"))(pressed)
        app.view(OFFICE_FORM)(submitted)
        app.options(_ANY)(typed)

    async def _on_home(self, body: dict[str, Any]) -> None:
        event = object_in(body, "event")
        if text_in(event, "tab") not in {"home", ""}:
            return
        asker = home_owner(body)
        workspace = await self._workspace(asker.workspace)
        if self._office is None:
            await self._show_home(asker, await self._asked(lambda: self._desk.ask(asker, "")))
        elif workspace is not None:
            await self._office.show_home(Visit(workspace, asker))

    async def _asked(self, asking: Asking) -> Answer:
        try:
            return await asking()
        except Exception:  # whatever broke, a person waits for an answer
            logger.exception("The front desk could not answer")
            return BROKEN

    async def _show_home(self, asker: Asker, answer: Answer) -> None:
        workspace = await self._workspace(asker.workspace)
        if workspace is None:
            return
        arguments = {"user_id": asker.member, "view": home_view(answer, asker.tenant)}
        try:
            access = await self._platform.client.access(workspace)
            await self._platform.client.call(access, "views.publish", arguments, as_json=True)
        except CallFailed as error:
            logger.warning("The home page could not be shown: %s", error.code)

    async def _respond(self, response_url: str, asker: Asker, answer: Answer) -> None:
        """Answer through the address Slack gave for it, otherwise as to any other question."""
        message = answer_message(answer, asker.tenant)
        try:
            if response_url:
                ephemeral = {"response_type": "ephemeral", "replace_original": False}
                await self._platform.client.respond(response_url, {**ephemeral, **message})
                return
            workspace = await self._workspace(asker.workspace)
            if workspace is not None:
                await self._platform.answer(workspace, asker, answer)
        except CallFailed as error:
            logger.warning("An answer could not be shown: %s", error.code)

    async def _not_known(self, payload: Mapping[str, Any]) -> Reply:
        if text_in(payload, "command"):
            said = {"response_type": "ephemeral", "text": plain_text(_NOT_KNOWN.body)}
            return Reply(200, json.dumps(said))
        response_url = text_in(payload, "response_url")
        if response_url:
            await self._respond(response_url, asker_of(payload), _NOT_KNOWN)
        return Reply(200)

    async def _not_understood(self, payload: Mapping[str, Any]) -> Reply:
        kind = text_in(payload, "type")
        if kind in {"block_suggestion", "dialog_suggestion"}:
            return Reply(200, json.dumps({"options": []}))
        if kind == "view_submission":
            view = answer_view(_NOT_UNDERSTOOD, asker_of(payload).tenant)
            return Reply(200, json.dumps({"response_action": "update", "view": view}))
        if kind in {"block_actions", "interactive_message", "message_action", "shortcut"}:
            await self._respond(
                text_in(payload, "response_url"), asker_of(payload), _NOT_UNDERSTOOD
            )
        return Reply(200)

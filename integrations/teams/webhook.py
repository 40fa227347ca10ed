"""Where Teams posts what happens: `POST /api/messages`.

Verify, parse, keep on disk, answer; whatever is to be done happens later. "Authentication with the
Bot Connector API" says what is verified, "Bot Framework Activity schema" what arrives.
"""

import asyncio
import importlib
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import aiohttp
from aiohttp import web

from core.events import (
    ConversationMended,
    ConversationRenamed,
    ConversationTroubled,
    Ignored,
    InboundEvent,
    Malformed,
    MessagePosted,
    WorkspaceJoined,
    WorkspaceRenamed,
    WorkspaceTroubled,
)
from core.ids import ExternalWorkspace
from core.places import Workspace
from core.ports import FrontDesk, Intake, Registry
from core.screens import Office, is_office_verb, office_verb
from core.text import plain_text
from integrations.common.hosts import is_loopback_host, is_loopback_url
from integrations.teams.activities import is_personal_installation, source_of
from integrations.teams.clock import Clock
from integrations.teams.fields import object_at, text_at
from integrations.teams.ids import tenant_in
from integrations.teams.intake import received
from integrations.teams.limits import LIMITS
from integrations.teams.office import HOME, TeamsOffice, Visit
from integrations.teams.parse import one_reaction_each, verb_of
from integrations.teams.platform import TeamsPlatform
from integrations.teams.screens import workspace_in
from integrations.teams.settings import TeamsSettings
from integrations.teams.signatures import Proof, TokenCheck, TokenRefused
from integrations.teams.visits import asker_of, visit_of

_INVOKE_SECONDS = 10
_ADMINISTRATIVE = (
    ConversationMended,
    ConversationRenamed,
    ConversationTroubled,
    WorkspaceRenamed,
    WorkspaceTroubled,
)
_NOBODY = Proof({}, None)

log = logging.getLogger(__name__)


class OpenToEveryone(ValueError):
    """Requests could not be checked, and could come from other machines."""

    def __init__(self) -> None:
        super().__init__(
            "TEAMS_APP_ID is empty, so nobody can tell whether a request comes from Teams. That is "
            "allowed only while the server listens on this machine alone. Set TEAMS_APP_ID, or "
            "EXCHANGE_HOST=127.0.0.1."
        )


class _Refusal(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class TeamsWebhook:
    """Receives activities. Raises `OpenToEveryone` when it would have to trust strangers."""

    def __init__(
        self,
        *,
        settings: TeamsSettings,
        platform: TeamsPlatform,
        intake: Intake,
        registry: Registry,
        desk: FrontDesk,
        clock: Clock,
        session: aiohttp.ClientSession,
        listens_on_loopback: bool,
        office: Office | None = None,
    ) -> None:
        """`office`: without one, its buttons and words are asked of the front desk."""
        if not settings.authenticates and not listens_on_loopback:
            raise OpenToEveryone
        self._settings = settings
        self._platform = platform
        self._intake = intake
        self._registry = registry
        self._desk = desk
        self._clock = clock
        self._check = TokenCheck(settings=settings, session=session, clock=clock)
        self._office = TeamsOffice(office, platform, clock) if office is not None else None

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request: 200 once it is safe on disk, 400, 401, 403 or 413 otherwise."""
        try:
            proof = await self._verify(request)
            activity = _activity(await _body(request))
            self._check_origin(proof, activity)
            return await self._take(activity, proof)
        except _Refusal as refusal:
            log.warning("A request to the Teams endpoint was refused: %s", refusal)
            return web.Response(status=refusal.status)

    async def _verify(self, request: web.Request) -> Proof:
        if not self._settings.authenticates:
            _check_neighbour(request)
            return _NOBODY
        try:
            return await self._check.check(request.headers.get("Authorization", ""))
        except TokenRefused as refused:
            raise _Refusal(401, str(refused)) from refused

    def _check_origin(self, proof: Proof, activity: Mapping[str, Any]) -> None:
        service_url = text_at(activity, "serviceUrl")
        if self._settings.authenticates:
            try:
                proof.check_activity(service_url, text_at(activity, "channelId"))
            except TokenRefused as refused:
                raise _Refusal(403, str(refused)) from refused
        elif not service_url:
            return
        if not self._settings.may_serve(service_url):
            raise _Refusal(403, "the service address is not on the list (TEAMS_SERVICE_HOSTS)")

    async def _take(self, activity: Mapping[str, Any], proof: Proof) -> web.Response:
        if text_at(activity, "type") == "invoke":
            return await self._answer(activity, proof)
        if self._office is not None and is_personal_installation(activity):
            await self._receive(activity, self._office)
            return web.Response(status=200)
        for single in one_reaction_each(activity):
            timed = single
            if not text_at(single, "timestamp"):
                timed = {**single, "timestamp": self._clock().isoformat()}
            parsed = self._platform.parse(timed)
            if isinstance(parsed, Malformed):
                raise _Refusal(400, parsed.reason)
            if isinstance(parsed, Ignored):
                log.debug("An activity was left alone: %s", parsed.reason)
                continue
            if not await self._is_answered(parsed, single):
                await self._keep(parsed, single, timed)
        return web.Response(status=200)

    async def _receive(self, activity: Mapping[str, Any], office: TeamsOffice) -> None:
        """Somebody has the app for themselves: show them their page, or where it belongs."""
        source = source_of(activity)
        if not source.tenant:
            return
        workspace = await self._registry.workspace(source)
        if workspace is not None:
            await self._say(office, visit_of(activity, workspace), HOME)
            return
        asker = asker_of(activity, source.tenant, source.workspace)
        async with asyncio.timeout(_INVOKE_SECONDS):
            await office.send_to_a_team(asker, source.api_url)

    async def _is_answered(self, event: InboundEvent, activity: Mapping[str, Any]) -> bool:
        """Answer words and buttons that are the office's; false for everything else."""
        office = self._office
        if office is None or not isinstance(event, MessagePosted):
            return False
        office.hearing.note(event)
        if not event.to_bot or event.ours or event.author.is_app:
            return False
        pressed = verb_of(activity)
        if pressed is None:
            verb = office_verb(plain_text(event.body))
        else:
            verb = pressed if is_office_verb(pressed) else None
        workspace = await self._workspace(activity) if verb is not None else None
        if verb is None or workspace is None:
            return False
        await self._say(office, visit_of(activity, workspace), verb)
        return True

    async def _say(self, office: TeamsOffice, visit: Visit, verb: str) -> None:
        """Answer now: whoever asks waits for it, and asks again if it does not come."""
        try:
            async with asyncio.timeout(_INVOKE_SECONDS):
                await office.say(visit, verb)
        except TimeoutError:
            log.warning("An answer in Teams took too long")

    async def _workspace(self, activity: Mapping[str, Any]) -> Workspace | None:
        """The workspace that an activity is about: the one its button or form was made for, if that
        is of the same tenant, otherwise the one it comes from."""
        source = source_of(activity)
        if not source.tenant:
            return None
        made_for = workspace_in(activity.get("value"))
        if tenant_in(made_for) == source.tenant:
            source = replace(source, workspace=ExternalWorkspace(made_for))
        return await self._registry.workspace(source)

    async def _keep(
        self, event: InboundEvent, activity: Mapping[str, Any], timed: Mapping[str, Any]
    ) -> None:
        source = event.source
        if not source.tenant or await self._registry.workspace(source) is None:
            if isinstance(event, WorkspaceJoined) and source.tenant and self._office is not None:
                await self._intake.put(received(activity, timed, event))
                return
            if isinstance(event, (*_ADMINISTRATIVE, WorkspaceJoined)):
                log.info("Teams told about a team that does not take part; nothing to do")
                return
            raise _Refusal(403, "from a tenant that does not take part")
        await self._intake.put(received(activity, timed, event))

    async def _answer(self, activity: Mapping[str, Any], proof: Proof) -> web.Response:
        workspace = await self._workspace(activity)
        if workspace is None:
            raise _Refusal(403, "from a tenant that does not take part")
        visit = visit_of(activity, workspace)
        # The first import of botbuilder takes long enough to be kept off the loop.
        handler = await asyncio.to_thread(importlib.import_module, "integrations.teams.handler")
        try:
            async with asyncio.timeout(_INVOKE_SECONDS):
                answer = await handler.answer_invoke(
                    self._desk, visit, activity, proof.claims, self._office
                )
        except TimeoutError:
            log.warning("An answer in Teams took too long")
            return web.Response(status=504)
        except handler.BadInvoke as bad:
            raise _Refusal(400, f"not an invoke: {bad}") from bad
        except handler.DeskFailed as failed:
            log.error("An answer in Teams failed: %s", failed)
            return web.Response(status=500)
        if answer.body is None:
            return web.Response(status=answer.status)
        return web.json_response(answer.body, status=answer.status)


def _check_neighbour(request: web.Request) -> None:
    """Without authentication, only programs on this machine may speak, and no foreign web page."""
    origin = request.headers.get("Origin", "")
    if origin and not is_loopback_url(origin):
        raise _Refusal(403, "sent by a web page from elsewhere")
    if request.remote and not is_loopback_host(request.remote):
        raise _Refusal(403, "sent from another machine while nothing can be checked")


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > LIMITS.request_size:
        raise _Refusal(413, "too large")
    pieces: list[bytes] = []
    size = 0
    async for piece in request.content.iter_chunked(65_536):
        size += len(piece)
        if size > LIMITS.request_size:
            raise _Refusal(413, "too large")
        pieces.append(piece)
    return b"".join(pieces)


def _activity(body: bytes) -> Mapping[str, Any]:
    try:
        loaded = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Refusal(400, "not JSON") from error
    activity = object_at({"activity": loaded}, "activity")
    if not text_at(activity, "type"):
        raise _Refusal(400, "not an activity")
    return activity

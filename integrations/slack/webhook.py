"""`POST /slack/events`: verify, read, keep, answer."""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from core.ports import Credentials, FrontDesk, Intake, Registry
from core.screens import Office
from integrations.slack.fields import text_in
from integrations.slack.interactions import Reply, SlackInteractions
from integrations.slack.platform import SlackPlatform
from integrations.slack.reception import SlackReception
from integrations.slack.settings import SlackSettings
from integrations.slack.signature import BadSignature, check_signature

logger = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
"""What Slack sends is far smaller; anything larger is refused unread."""

_MOST_FIELDS = 100


class SlackWebhook:
    """Receives events, commands and interactions over HTTP.

    Without an `office`, nothing is administered here and the home page is the front desk's menu.
    """

    def __init__(
        self,
        *,
        settings: SlackSettings,
        platform: SlackPlatform,
        intake: Intake,
        registry: Registry,
        desk: FrontDesk,
        credentials: Credentials,
        clock: Callable[[], datetime],
        session: aiohttp.ClientSession,
        office: Office | None = None,
    ) -> None:
        self._secret = settings.signing_secret
        self._clock = clock
        interactions = SlackInteractions(
            platform=platform,
            registry=registry,
            desk=desk,
            credentials=credentials,
            session=session,
            clock=clock,
            office=office,
        )
        self.reception = SlackReception(intake, registry, interactions)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request: 200 once it is safe, 401 without a good signature, 400 when it is
        not Slack's, 413 when it is too large, 503 while no signing secret is set."""
        secret = self._secret.get_secret_value()
        if not secret:
            logger.error("Slack events are refused: set SLACK_SIGNING_SECRET to receive them")
            return web.Response(status=503)
        try:
            body = await _limited_body(request)
        except web.RequestPayloadError:
            return web.Response(status=400)
        if body is None:
            return web.Response(status=413)
        try:
            check_signature(
                secret,
                timestamp=request.headers.get("X-Slack-Request-Timestamp", ""),
                signature=request.headers.get("X-Slack-Signature", ""),
                body=body,
                now=self._clock(),
            )
        except BadSignature as error:
            logger.warning("Slack request refused: %s", error)
            return web.Response(status=401)
        return _response(await self._take(request.content_type, body))

    async def _take(self, content_type: str, body: bytes) -> Reply:
        if content_type == "application/x-www-form-urlencoded":
            fields = _form_in(body)
            if fields is None:
                return Reply(400)
            if text_in(fields, "ssl_check"):
                return Reply(200)
            return await self.reception.take_interaction(fields)
        payload = _object_in(body)
        if payload is None:
            return Reply(400)
        if text_in(payload, "type") == "url_verification":
            return Reply(200, text_in(payload, "challenge"), "text/plain")
        return await self.reception.take_event(payload)


async def _limited_body(request: web.Request) -> bytes | None:
    """The body, None when it is larger than anything Slack sends (also when unpacked)."""
    if (request.content_length or 0) > LARGEST_BODY:
        return None
    body = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _object_in(body: bytes | str) -> Mapping[str, Any] | None:
    try:
        loaded = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return loaded if isinstance(loaded, dict) else None


def _form_in(body: bytes) -> Mapping[str, Any] | None:
    """A command's fields, or the object in an interaction's `payload`."""
    try:
        text = body.decode()
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return None
    return _object_in(fields["payload"]) if "payload" in fields else fields


def _response(reply: Reply) -> web.Response:
    if not reply.body:
        return web.Response(status=reply.status)
    return web.Response(status=reply.status, text=reply.body, content_type=reply.content_type)

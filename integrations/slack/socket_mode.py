"""Socket Mode: the same events over a connection that we open, where no address can be reached.

Source: docs.slack.dev/apis/events-api/using-socket-mode.
"""

import asyncio
import json
import logging
from typing import Any

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from integrations.slack.interactions import Reply
from integrations.slack.reception import SlackReception
from integrations.slack.settings import SlackSettings

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 60.0


class SlackSocketMode:
    """Keeps a socket open while it runs; what comes over it goes the way of the webhook."""

    def __init__(self, *, settings: SlackSettings, reception: SlackReception) -> None:
        self._settings = settings
        self._reception = reception
        self._client: SocketModeClient | None = None
        self._connecting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect, and return at once. It reconnects by itself until `stop`."""
        # At its debug level the library writes messages to the log.
        quiet = logger.getChild("connection")
        quiet.setLevel(logging.INFO)
        client = SocketModeClient(
            app_token=self._settings.app_token.get_secret_value(),
            logger=quiet,
            web_client=AsyncWebClient(base_url=self._settings.api_url, logger=quiet),
        )
        client.socket_mode_request_listeners.append(self._take)
        self._client = client
        self._connecting = asyncio.create_task(self._connect(client))

    async def stop(self) -> None:
        """Close the socket. What was taken in is kept already."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
            self._connecting = None
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]
            self._client = None

    async def _connect(self, client: SocketModeClient) -> None:
        pause = 1.0
        while True:
            try:
                await client.connect()  # type: ignore[no-untyped-call]
            except Exception as error:  # noqa: BLE001 - whatever kept us out, try again later
                logger.warning("Slack's socket could not be opened: %s", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Take in one envelope; it is acknowledged only once it is safe."""
        payload: dict[str, Any] = request.payload or {}
        if request.type == "events_api":
            reply = await self._reception.take_event(payload)
        elif request.type in {"slash_commands", "interactive"}:
            reply = await self._reception.take_interaction(payload)
        else:
            return
        await client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=_body(reply))
        )


def _body(reply: Reply) -> dict[str, object] | None:
    if not reply.body:
        return None
    if reply.content_type != "application/json":
        return {"text": reply.body}
    loaded = json.loads(reply.body)
    return loaded if isinstance(loaded, dict) else None

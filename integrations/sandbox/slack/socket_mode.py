"""Socket Mode: the WebSocket on which an app gets envelopes and acknowledges them.

Source: docs.slack.dev/apis/events-api/using-socket-mode.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import WSMsgType, web

from integrations.sandbox.slack.model import Json

MOST_CONNECTIONS = 10


class Sockets:
    """The open connections of every app, and the acknowledgements still awaited."""

    def __init__(self) -> None:
        self._open: dict[str, list[web.WebSocketResponse]] = {}
        self._tickets: dict[str, str] = {}
        self._awaited: dict[str, asyncio.Future[Any]] = {}
        self._turn = 0

    def add_ticket(self, ticket: str, app_id: str) -> None:
        """Let one connection in, once."""
        self._tickets[ticket] = app_id

    def count(self, app_id: str) -> int:
        """How many connections an app has open."""
        return len(self._open.get(app_id, []))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from hello to close."""
        app_id = self._tickets.pop(request.query.get("ticket", ""), None)
        if app_id is None:
            return web.Response(status=401, text="unknown ticket")
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        connections = self._open.setdefault(app_id, [])
        connections.append(socket)
        await socket.send_json(_hello(app_id, len(connections)))
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._acknowledge(frame.data)
        finally:
            connections.remove(socket)
        return socket

    def _acknowledge(self, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        awaited = self._awaited.get(str(message.get("envelope_id")))
        if awaited is not None and not awaited.done():
            awaited.set_result(message.get("payload"))

    async def send(self, app_id: str, envelope: Json, seconds: float) -> Any:
        """Send on one of the app's connections; answers the payload of the acknowledgement.

        Raises ConnectionError without a connection, TimeoutError without an acknowledgement.
        """
        connections = self._open.get(app_id, [])
        if not connections:
            raise ConnectionError("the app has no Socket Mode connection")
        self._turn += 1
        socket = connections[self._turn % len(connections)]
        envelope_id = str(envelope["envelope_id"])
        awaited = asyncio.get_running_loop().create_future()
        self._awaited[envelope_id] = awaited
        try:
            await socket.send_json(envelope)
            return await asyncio.wait_for(awaited, seconds)
        finally:
            del self._awaited[envelope_id]

    async def refresh(self, app_id: str, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect, then close, as Slack does every few hours."""
        for socket in list(self._open.get(app_id, [])):
            debug = {"host": "applink-local"}
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": debug})
            await socket.close()

    async def close(self) -> None:
        """Close every connection."""
        for connections in self._open.values():
            for socket in list(connections):
                await socket.close()


def _hello(app_id: str, connections: int) -> Json:
    return {
        "type": "hello",
        "num_connections": connections,
        "debug_info": {
            "host": "applink-local",
            "build_number": 1,
            "approximate_connection_time": 18060,
        },
        "connection_info": {"app_id": app_id},
    }

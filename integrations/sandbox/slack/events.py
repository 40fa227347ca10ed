"""What leaves for the apps: signed events with retries, and interactions with their answer.

Source: docs.slack.dev/apis/events-api and docs.slack.dev/authentication/verifying-requests.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from integrations.sandbox.slack.model import (
    App,
    Conversation,
    Grant,
    Installation,
    Json,
    Workspace,
)
from integrations.sandbox.slack.socket_mode import Sockets
from integrations.sandbox.slack.state import State

ANSWER_WITHIN = 3.0
RETRY_AFTER = (0.0, 60.0, 300.0)
MOST_REDIRECTS = 2
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Answer:
    """What an app answered; `reason` is Slack's word for a failure, empty when it was fine."""

    status: int
    body: Any = None
    reason: str = ""
    retry: bool = True


@dataclass(slots=True)
class Delivery:
    """One event on its way to one app."""

    app: App
    workspace: str
    envelope: Json
    attempts: list[Answer] = field(default_factory=list)


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """`X-Slack-Signature` for a body."""
    base = b"v0:%d:%s" % (timestamp, body)
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Outgoing:
    """Sends to the apps. Events of a workspace go out in order; retries do not hold up the next.

    `deliveries` keeps every event with its attempts when `keep` is set, for tests.
    """

    def __init__(self, state: State, time_factor: float, *, keep: bool = True) -> None:
        self._state = state
        self.time_factor = time_factor
        self.keep = keep
        self.deliveries: list[Delivery] = []
        self.sockets = Sockets()
        self._session: aiohttp.ClientSession | None = None
        self._queues: dict[tuple[str, str], asyncio.Queue[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the one client session."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN),
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def stop(self) -> None:
        """Drop what is still under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sockets.close()
        if self._session is not None:
            await self._session.close()

    def emit(
        self,
        workspace: Workspace,
        event: Json,
        conversation: Conversation | None = None,
        *,
        public: bool = False,
        only: Installation | None = None,
    ) -> None:
        """See EventSink."""
        for installation in workspace.installations:
            if only is not None and installation is not only:
                continue
            app = installation.app
            if not installation.active or not app.listens:
                continue
            if app.events is not None and event["type"] not in app.events:
                continue
            if conversation is not None and not _sees(installation, conversation, public=public):
                continue
            envelope = self._envelope(installation, event, conversation)
            self._enqueue(Delivery(app, workspace.id, envelope))

    def emit_to(self, grant: Grant, event: Json) -> None:
        """See EventSink."""
        app = grant.app
        if grant.status != "active" or not app.listens:
            return
        if app.events is not None and event["type"] not in app.events:
            return
        authorization: Json = {
            "enterprise_id": grant.team,
            "team_id": None,
            "user_id": grant.bot_user,
            "is_bot": True,
            "is_enterprise_install": True,
        }
        envelope: Json = {
            "token": app.verification_token,
            "team_id": None,
            "enterprise_id": grant.team,
            "api_app_id": app.id,
            "event": event,
            "type": "event_callback",
            "event_id": self._state.new_id("Ev"),
            "event_time": self._state.seconds(),
            "authorizations": [authorization],
        }
        self._enqueue(Delivery(app, grant.team, envelope))

    def redeliver(self, event_id: str) -> bool:
        """Send a kept event once more, as Slack may; False when it is not known."""
        found = next((d for d in self.deliveries if d.envelope["event_id"] == event_id), None)
        if found is None:
            return False
        self._enqueue(Delivery(found.app, found.workspace, found.envelope))
        return True

    def _envelope(
        self, installation: Installation, event: Json, conversation: Conversation | None
    ) -> Json:
        context = {
            "et": event["type"],
            "tid": installation.workspace,
            "aid": installation.app.id,
            "cid": conversation.id if conversation is not None else "",
        }
        encoded = base64.urlsafe_b64encode(json.dumps(context).encode()).decode().rstrip("=")
        return {
            "token": installation.app.verification_token,
            "team_id": installation.workspace,
            "context_team_id": installation.workspace,
            "context_enterprise_id": installation.organization or None,
            "api_app_id": installation.app.id,
            "event": event,
            "type": "event_callback",
            "event_id": self._state.new_id("Ev"),
            "event_time": self._state.seconds(),
            "authorizations": [
                {
                    "enterprise_id": installation.organization or None,
                    "team_id": None if installation.organization else installation.workspace,
                    "user_id": installation.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": bool(installation.organization),
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": f"4-{encoded}",
        }

    def _enqueue(self, delivery: Delivery) -> None:
        if self.keep:
            self.deliveries.append(delivery)
        key = (delivery.app.id, delivery.workspace)
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = asyncio.Queue()
            for _ in range(max(1, delivery.app.events_in_flight)):
                self._spawn(self._send_in_order(queue))
        queue.put_nowait(delivery)

    async def _send_in_order(self, queue: asyncio.Queue[Delivery]) -> None:
        while True:
            delivery = await queue.get()
            answer = await self._attempt(delivery, 0, "")
            if answer.reason and answer.retry:
                self._spawn(self._retry(delivery, answer.reason))

    async def _retry(self, delivery: Delivery, reason: str) -> None:
        for number, wait in enumerate(RETRY_AFTER, 1):
            await asyncio.sleep(wait * self.time_factor)
            answer = await self._attempt(delivery, number, reason)
            if not answer.reason or not answer.retry:
                return
            reason = answer.reason

    async def _attempt(self, delivery: Delivery, number: int, reason: str) -> Answer:
        app = delivery.app
        if app.socket_mode:
            answer = await self._by_socket(app, "events_api", delivery.envelope, number, reason)
        else:
            headers = {"Content-Type": JSON_TYPE}
            if number:
                headers["x-slack-retry-num"] = str(number)
                headers["x-slack-retry-reason"] = reason
            body = json.dumps(delivery.envelope).encode()
            answer = await self._post(app, app.events_url, body, headers)
        delivery.attempts.append(answer)
        if self._state.changes.watched:
            self._state.changes.publish(
                "event",
                delivery.workspace,
                str(delivery.envelope["event"].get("channel", "")),
                event_id=delivery.envelope["event_id"],
                event_type=delivery.envelope["event"]["type"],
                status=answer.status,
                attempt=number,
            )
        return answer

    async def _post(self, app: App, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self._session is None:
            return Answer(0, reason="connection_failed")
        timestamp = self._state.seconds()
        signed = {
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": str(timestamp),
            "X-Slack-Signature": sign(app.signing_secret, timestamp, body),
            **headers,
        }
        try:
            async with self._session.post(
                url, data=body, headers=signed, max_redirects=MOST_REDIRECTS
            ) as response:
                text = await response.text()
                retry = response.headers.get("x-slack-no-retry") != "1"
                if 200 <= response.status < 300:
                    return Answer(response.status, _parsed(text))
                return Answer(response.status, text, "http_error", retry)
        except TimeoutError:
            return Answer(0, reason="http_timeout")
        except aiohttp.TooManyRedirects:
            return Answer(0, reason="too_many_redirects")
        except aiohttp.ClientSSLError:
            return Answer(0, reason="ssl_error")
        except aiohttp.ClientError:
            return Answer(0, reason="connection_failed")

    async def interact(self, app: App, payload: Json) -> Answer:
        """Send a button, dialog or shortcut and wait up to 3 seconds for the answer."""
        if app.socket_mode:
            return await self._by_socket(app, "interactive", payload)
        body = urlencode({"payload": json.dumps(payload)}).encode()
        url = app.interactivity_url or app.events_url
        return await self._post(app, url, body, {"Content-Type": FORM_TYPE})

    async def command(self, app: App, fields: dict[str, str]) -> Answer:
        """Send a slash command and wait up to 3 seconds for the answer."""
        if app.socket_mode:
            return await self._by_socket(app, "slash_commands", dict(fields))
        url = app.commands.get(fields["command"]) or app.interactivity_url or app.events_url
        return await self._post(app, url, urlencode(fields).encode(), {"Content-Type": FORM_TYPE})

    async def challenge(self, app: App) -> bool:
        """Ask the events URL to prove itself (url_verification)."""
        challenge = self._state.new_secret()
        payload = {
            "token": app.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        body = json.dumps(payload).encode()
        answer = await self._post(app, app.events_url, body, {"Content-Type": JSON_TYPE})
        given = answer.body.get("challenge") if isinstance(answer.body, dict) else answer.body
        return not answer.reason and given == challenge

    async def _by_socket(
        self, app: App, kind: str, payload: Json, number: int = 0, reason: str = ""
    ) -> Answer:
        envelope: Json = {
            "envelope_id": str(uuid.uuid4()),
            "payload": payload,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope.update({"retry_attempt": number, "retry_reason": reason})
        try:
            body = await self.sockets.send(app.id, envelope, ANSWER_WITHIN)
        except TimeoutError:
            return Answer(0, reason="http_timeout")
        except ConnectionError:
            return Answer(0, reason="connection_failed")
        return Answer(200, body)

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _sees(installation: Installation, conversation: Conversation, *, public: bool) -> bool:
    joined = installation.bot_user in conversation.members
    return joined or (public and conversation.kind == "public")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text

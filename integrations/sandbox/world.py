"""What both stand-ins share: faults, the journal, the stream of changes, loopback only.

A stand-in knows its platform and nothing of the exchange, so nothing from `core` is used here.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

Clock = Callable[[], datetime]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SUBSCRIBER_QUEUE_SIZE = 1_000
DEFAULT_JOURNAL_LIMIT = 1_000_000


def system_clock() -> datetime:
    """The time now, aware and in UTC."""
    return datetime.now(UTC)


class BadInputError(ValueError):
    """A control request cannot be carried out; `field` names the part to correct."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field = field_name
        self.message = message


@dataclass(slots=True)
class RateLimit:
    """Answer the next `calls` requests with 429 and `Retry-After: retry_after` seconds."""

    retry_after: int
    calls: int


class Fate(Enum):
    """What a fault does to one request."""

    NORMAL = "normal"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    HANG = "hang"
    RATE_LIMITED = "rate_limited"
    PRECONDITION_FAILED = "precondition_failed"


@dataclass(slots=True)
class Faults:
    """How one workspace misbehaves. Mutable; the default is a healthy platform.

    delay: seconds before every answer. offline: the connection is closed without an answer.
    hang: nothing is applied and nothing is ever answered. lost_answers: the next n writes are
    applied and cut before the answer. lost_requests: the next n requests are cut before being
    applied. rate_limit: forced 429. enforce_pace: keep the documented rates.
    preconditions_failed: the next n answer 412 (Teams).
    """

    delay: float = 0.0
    offline: bool = False
    hang: bool = False
    lost_answers: int = 0
    lost_requests: int = 0
    rate_limit: RateLimit | None = None
    enforce_pace: bool = True
    preconditions_failed: int = 0

    def decide(self, *, write: bool) -> Fate:
        """The fate of one request that arrives now; counts down what is counted."""
        if self.offline:
            return Fate.CUT_BEFORE
        if self.hang:
            return Fate.HANG
        if self.lost_requests > 0:
            self.lost_requests -= 1
            return Fate.CUT_BEFORE
        if self.rate_limit is not None and self.rate_limit.calls > 0:
            self.rate_limit.calls -= 1
            return Fate.RATE_LIMITED
        if self.preconditions_failed > 0:
            self.preconditions_failed -= 1
            return Fate.PRECONDITION_FAILED
        if write and self.lost_answers > 0:
            self.lost_answers -= 1
            return Fate.CUT_AFTER
        return Fate.NORMAL

    def change(self, values: dict[str, Any]) -> None:
        """Apply the fields of a `POST /control/faults` body, all or none.

        Raises BadInputError for an unknown field or a value of the wrong kind.
        """
        checked = {name: _fault_value(name, value) for name, value in values.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        """The present settings, as the control API answers them."""
        return asdict(self)


def _fault_value(name: str, value: Any) -> Any:
    if name in {"offline", "hang", "enforce_pace"}:
        if not isinstance(value, bool):
            raise BadInputError(name, "must be true or false")
        return value
    if name == "delay":
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3600:
            raise BadInputError(name, "must be a number of seconds from 0 to 3600")
        return float(value)
    if name in {"lost_answers", "lost_requests", "preconditions_failed"}:
        return _count(name, value)
    if name == "rate_limit":
        return _rate_limit_value(value)
    raise BadInputError(name, "is not a fault this stand-in knows")


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadInputError(name, "must be a whole number, 0 or more")
    return value


def _rate_limit_value(value: Any) -> RateLimit | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadInputError("rate_limit", "must be null or {retry_after, calls}")
    return RateLimit(
        retry_after=_count("rate_limit.retry_after", value.get("retry_after", 1)),
        calls=_count("rate_limit.calls", value.get("calls", 1)),
    )


@dataclass(slots=True, frozen=True)
class Entry:
    """One API request as it was received and what became of it.

    `status` is the HTTP status answered, 0 where the connection was cut or never answered.
    `message_id` is the message that was made or changed, if any; it is also set when the
    answer was lost, so that a test can count what was truly applied.
    """

    at: datetime
    workspace: str
    method: str
    conversation: str
    body: Any
    status: int
    message_id: str
    number: int

    def as_json(self) -> dict[str, Any]:
        """The entry for `GET /control/journal`."""
        shown = {name: getattr(self, name) for name in self.__slots__}
        return {**shown, "at": self.at.isoformat()}


class Journal:
    """Append-only list of every API request received.

    With `keep_bodies=False` an entry holds no request body, for the benchmark. The oldest
    entries go once `limit` is passed; numbers keep counting.
    """

    def __init__(
        self, clock: Clock = system_clock, *, keep_bodies: bool = True, limit: int | None = None
    ) -> None:
        self._clock = clock
        self.keep_bodies = keep_bodies
        self._entries: deque[Entry] = deque(maxlen=limit or DEFAULT_JOURNAL_LIMIT)
        self._number = 0
        self._waiting: set[asyncio.Event] = set()

    def add(
        self,
        *,
        workspace: str,
        method: str,
        conversation: str = "",
        body: Any = None,
        status: int = 200,
        message_id: str = "",
    ) -> Entry:
        """Write down one request and wake whoever waits for it."""
        entry = Entry(
            self._clock(),
            workspace,
            method,
            conversation,
            body if self.keep_bodies else None,
            status,
            message_id,
            self._number,
        )
        self._number += 1
        self._entries.append(entry)
        if self._waiting:
            for event in self._waiting:
                event.set()
        return entry

    @property
    def entries(self) -> list[Entry]:
        """All entries still held, oldest first."""
        return list(self._entries)

    def __len__(self) -> int:
        return self._number

    def since(self, number: int) -> list[Entry]:
        """Entries with this number or a later one."""
        first = self._number - len(self._entries)
        skip = max(0, number - first)
        if skip == 0:
            return list(self._entries)
        newer = len(self._entries) - skip
        found: list[Entry] = []
        for entry in reversed(self._entries):
            if len(found) >= newer:
                break
            found.append(entry)
        found.reverse()
        return found

    async def wait_for(
        self,
        predicate: Callable[[Entry], bool],
        timeout: float,  # noqa: ASYNC109 - a deadline is part of what it promises
    ) -> Entry:
        """The first entry, past or future, for which `predicate` holds.

        Raises TimeoutError after `timeout` seconds.
        """
        seen = 0
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            async with asyncio.timeout(timeout):
                while True:
                    changed.clear()
                    for entry in self.since(seen):
                        seen = entry.number + 1
                        if predicate(entry):
                            return entry
                    await changed.wait()
        finally:
            self._waiting.discard(changed)


@dataclass(slots=True, eq=False)
class Subscription:
    """One reader of the changes. Iterate over it; close it when done."""

    _changes: Changes
    _queue: asyncio.Queue[dict[str, Any]] = field(
        default_factory=lambda: asyncio.Queue(SUBSCRIBER_QUEUE_SIZE)
    )

    def offer(self, change: dict[str, Any]) -> None:
        """Queue a change; a reader that fell behind is told to fetch the state anew."""
        try:
            self._queue.put_nowait(change)
        except asyncio.QueueFull:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(
                {"kind": "reload", "workspace": change.get("workspace"), "conversation": ""}
            )

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        return self

    async def __anext__(self) -> dict[str, Any]:
        return await self._queue.get()

    def close(self) -> None:
        """Stop receiving."""
        self._changes.forget(self)


class Changes:
    """Fan-out of page updates; a slow page never slows the stand-in."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    @property
    def watched(self) -> bool:
        """Whether anyone listens; callers on the hot path skip building a change otherwise."""
        return bool(self._subscriptions)

    def subscribe(self) -> Subscription:
        """A subscription that gets every change published from now on."""
        subscription = Subscription(self)
        self._subscriptions.add(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """End a subscription."""
        self._subscriptions.discard(subscription)

    def publish(self, kind: str, workspace: str, conversation: str = "", **details: Any) -> None:
        """Tell every subscriber of one change. Never blocks."""
        if not self._subscriptions:
            return
        change = {"kind": kind, "workspace": workspace, "conversation": conversation, **details}
        for subscription in self._subscriptions:
            subscription.offer(change)


async def stream_changes(request: web.Request, changes: Changes) -> web.WebSocketResponse:
    """Answer `GET /control/stream`: every change as one JSON text frame, until it closes."""
    socket = web.WebSocketResponse(heartbeat=30)
    await socket.prepare(request)
    subscription = changes.subscribe()
    sender = asyncio.create_task(_send_changes(socket, subscription))
    try:
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
    finally:
        subscription.close()
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
    return socket


async def _send_changes(socket: web.WebSocketResponse, subscription: Subscription) -> None:
    await socket.send_json({"kind": "hello", "workspace": "", "conversation": ""})
    async for change in subscription:
        await socket.send_json(change)


@web.middleware
async def loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse with 403 whatever does not come from this machine under a loopback name.

    The Host check stops a foreign page that rebinds its name to 127.0.0.1; the Origin check
    stops it from posting to the control API or opening its stream.
    """
    if not _peer_is_loopback(request) or _host_name(request.host) not in LOOPBACK_NAMES:
        return web.json_response({"error": "the sandbox answers this machine only"}, status=403)
    if "/control/" in request.path and not _origin_is_loopback(request):
        return web.json_response({"error": "the sandbox answers its own page only"}, status=403)
    return await handler(request)


def _peer_is_loopback(request: web.Request) -> bool:
    peer = request.remote
    if peer in LOOPBACK_NAMES:
        return True
    try:
        return peer is not None and ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _origin_is_loopback(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return (urlsplit(origin).hostname or "") in LOOPBACK_NAMES


def bad_input_answer(error: BadInputError) -> web.Response:
    """The 400 answer for a control request, naming the field."""
    return web.json_response({"error": error.message, "field": error.field}, status=400)


def cut_connection(request: web.Request) -> None:
    """Close the connection at once, without an answer.

    The caller then returns any response: nobody sees it.
    """
    if request.transport is not None:
        request.transport.abort()

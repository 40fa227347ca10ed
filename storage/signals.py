"""Wake-up calls: within the process by an event, between nodes by PostgreSQL's LISTEN and NOTIFY.

A signal is only a hint. It may come once for many changes, or for nothing, and between nodes it can
be lost with a connection: whoever waits looks at the database now and then by itself.
https://www.postgresql.org/docs/current/sql-notify.html
"""

import asyncio
import logging
from hashlib import sha256
from typing import Any

import asyncpg
from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import URL

from core.ids import NodeId
from storage.engine import Transaction

log = logging.getLogger(__name__)

INBOX = "exchange_inbox"
OUTBOX = "exchange_outbox"
LISTENER = "mayoral-exchange-node-"
_RECONNECT_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
_NOTIFY = select(func.pg_notify(bindparam("channel"), ""))


def listener_name(node: NodeId) -> str:
    """What PostgreSQL calls the connection on which a node listens, for as long as it lives."""
    return f"{LISTENER}{sha256(node.encode()).hexdigest()[:16]}"


class Signal:
    """Something has changed. Any number may wait; a call that nobody waits for is not lost.

    Who looks at the database before waiting notes `calls` first: a call that comes between the look
    and the wait then ends the wait at once.
    """

    def __init__(self) -> None:
        self._calls = 0
        self._answered = 0
        self._next = asyncio.Event()

    @property
    def calls(self) -> int:
        """How often it was called so far."""
        return self._calls

    def set(self) -> None:
        """Wake all who wait."""
        self._calls += 1
        called, self._next = self._next, asyncio.Event()
        called.set()

    async def wait(
        self,
        timeout: float | None,  # noqa: ASYNC109 - that it passes is no failure
        seen: int | None = None,
    ) -> bool:
        """Wait for a call after the `seen`th (after the last wait, when it is not given).

        Waits at most `timeout` seconds; false when none came.
        """
        if self._calls == (self._answered if seen is None else seen):
            try:
                async with asyncio.timeout(timeout):
                    await self._next.wait()
            except TimeoutError:
                return False
        self._answered = self._calls
        return True


class Signals:
    """The inbox's and the outbox's signal."""

    def __init__(self, url: URL, *, postgres: bool, node: NodeId) -> None:
        self.inbox = Signal()
        self.outbox = Signal()
        self._name = listener_name(node)
        self._url = url
        self._postgres = postgres
        self._listener: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen to the other nodes, where there can be any."""
        if self._postgres:
            self._listener = asyncio.create_task(self._listen(), name="database signals")

    async def tell(self, transaction: Transaction, *channels: str) -> None:
        """Let the other nodes know when the transaction is committed."""
        if self._postgres:
            for channel in channels:
                await transaction.run(_NOTIFY, {"channel": channel})

    async def close(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)

    async def _listen(self) -> None:
        attempt = 0
        while True:
            lost = asyncio.Event()
            try:
                connection = await self._connect(lost)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("no signals from the database, trying again: %s", type(error).__name__)
            else:
                attempt = 0
                # What happened while nobody listened is found by looking.
                self.inbox.set()
                self.outbox.set()
                try:
                    await lost.wait()
                finally:
                    await _let_go(connection)
            await asyncio.sleep(_RECONNECT_SECONDS[min(attempt, len(_RECONNECT_SECONDS) - 1)])
            attempt += 1

    async def _connect(self, lost: asyncio.Event) -> Any:
        # SQLAlchemy's own reading of the URL, so that both connect alike.
        arguments = self._url.translate_connect_args(username="user")
        settings = {"application_name": self._name}
        connection = await asyncpg.connect(
            **{**arguments, **self._url.query}, timeout=10, server_settings=settings
        )
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(INBOX, lambda *_: self.inbox.set())
        await connection.add_listener(OUTBOX, lambda *_: self.outbox.set())
        return connection


async def _let_go(connection: Any) -> None:
    if not connection.is_closed():
        connection.terminate()

"""The database: opened once by a process, shared by all its tasks."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import literal_column, select, text
from sqlalchemy.exc import DBAPIError

from core.ids import NodeId
from storage.check_ups import CheckUps
from storage.cipher import Cipher
from storage.engine import Connections, parse_url
from storage.errors import NotMigrated
from storage.file_lock import FileLock
from storage.files import Files
from storage.inbox import Inbox
from storage.migrating import HEAD
from storage.nodes import Nodes
from storage.notices import Notices
from storage.outbox import Outbox
from storage.signals import OUTBOX, Signals
from storage.unit import Unit

Clock = Callable[[], datetime]


class Database:
    """Everything the exchange knows. Made by `open`, ended by `close`."""

    def __init__(
        self,
        connections: Connections,
        *,
        node: NodeId,
        clock: Clock,
        cipher: Cipher,
        lock: FileLock | None,
    ) -> None:
        self._connections = connections
        self._clock = clock
        self._cipher = cipher
        self._lock = lock
        self.node = node
        self.signals = Signals(connections.url, postgres=connections.postgres, node=node)
        self.inbox = Inbox(connections, self.signals, clock, node)
        self.outbox = Outbox(connections, self.signals, clock, node)
        self.notices = Notices(connections, clock)
        self.check_ups = CheckUps(connections, clock)
        self.files = Files(connections, clock)
        self.nodes = Nodes(connections, self.signals, clock, node)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        node: NodeId,
        clock: Clock,
        secret_keys: Sequence[str] = (),
        exclusive: bool = False,
    ) -> "Database":
        """Open a migrated database.

        `exclusive` is for the process that serves: on SQLite there can be one (DatabaseInUse for
        a second); commands open without it and may write meanwhile. Raises NotMigrated when the
        tables are missing, older or newer than this program, DatabaseUnreachable when nobody
        answers. The encryption keys are only needed once a token is kept or read.
        """
        parsed = parse_url(url)
        connections = Connections(parsed)
        path = connections.path
        if path is not None and not path.exists():
            raise NotMigrated(f"There is no database at {path} yet. Run: python -m service migrate")
        lock = FileLock(path) if exclusive and path is not None else None
        key_file = None if path is None else path.with_name(f"{path.name}.key")
        try:
            await _check_schema(connections)
            database = cls(
                connections,
                node=node,
                clock=clock,
                cipher=Cipher(secret_keys, key_file),
                lock=lock,
            )
        except BaseException:
            if lock is not None:
                lock.release()
            await connections.close()
            raise
        if exclusive:
            database.signals.start()
            if lock is not None:
                await database.nodes.free_claims({node})
        return database

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """A unit of work: committed when left without an error, otherwise as if it had not been.

        What waits for deliveries is woken after the commit.
        """
        async with self._connections.writing() as transaction:
            unit = Unit(transaction, self._cipher, self._clock)
            yield unit
            if unit.wakes_outbox:
                await self.signals.tell(transaction, OUTBOX)
        if unit.wakes_outbox:
            self.signals.outbox.set()

    @asynccontextmanager
    async def view(self) -> AsyncIterator[Unit]:
        """A unit of work for reading: nothing is committed, nobody is kept waiting."""
        async with self._connections.reading() as transaction:
            yield Unit(transaction, self._cipher, self._clock)

    def signing_keys(self) -> list[str]:
        """The secret keys, newest first; SecretKeysMissing when there is none to be had."""
        return self._cipher.keys()

    async def ping(self) -> None:
        """Return when the database answers; DatabaseUnreachable otherwise."""
        async with self._connections.reading() as transaction:
            await transaction.value(select(literal_column("1")))

    async def close(self) -> None:
        """Write what was handed in, close every connection, let go of the file."""
        await self.inbox.close()
        await self.outbox.close()
        await self.signals.close()
        await self._connections.close()
        if self._lock is not None:
            self._lock.release()


async def _check_schema(connections: Connections) -> None:
    async with connections.reading() as transaction:
        try:
            found = await transaction.value(text("SELECT version_num FROM alembic_version"))
        except DBAPIError as error:
            if "alembic_version" not in str(error.orig):
                raise
            found = None
    if found is None:
        raise NotMigrated("The database has no tables yet. Run: python -m service migrate")
    if found < HEAD:
        raise NotMigrated("The database is from an older version. Run: python -m service migrate")
    if found > HEAD:
        raise NotMigrated(
            "The database is from a newer version of this program. Update the program, or restore "
            "the backup made before the update."
        )

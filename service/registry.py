"""What platforms ask of the exchange, answered from storage, with a short memory."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Generic, TypeVar

from core.channels import Trouble
from core.events import Received, Source
from core.failures import Refused
from core.ids import WorkspaceId
from core.places import Workspace
from service.clock import Clock
from service.metrics import Metrics
from storage.database import Database
from storage.group_commit import GroupCommit

REMEMBERED_FOR = timedelta(seconds=5)
MOST_REMEMBERED = 10_000

Key = TypeVar("Key")
Value = TypeVar("Value")


class ShortMemory(Generic[Key, Value]):
    """Remembers answers for some seconds."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._known: dict[Key, tuple[float, Value]] = {}

    def get(self, key: Key) -> Value | None:
        """The answer, unless it is too old."""
        found = self._known.get(key)
        if found is None or found[0] < self._seconds():
            return None
        return found[1]

    def put(self, key: Key, value: Value) -> None:
        """Remember an answer."""
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = (self._seconds() + REMEMBERED_FOR.total_seconds(), value)


class StoredRegistry:
    """`core.ports.Registry` over storage. Unknown workspaces are asked for each time: one that
    the operator has just added takes part at once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._memory: ShortMemory[Source, Workspace] = ShortMemory(lambda: clock().timestamp())

    async def workspace(self, source: Source) -> Workspace | None:
        """The workspace an event comes from, or None when we do not know it."""
        known = self._memory.get(source)
        if known is not None:
            return known
        async with self._database.view() as unit:
            found = await unit.workspaces.resolve(source)
        if found is not None:
            self._memory.put(source, found)
        return found


class StoredCredentials:
    """`core.ports.Credentials` over storage."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._memory: ShortMemory[WorkspaceId, str] = ShortMemory(lambda: clock().timestamp())
        self._asked: GroupCommit[WorkspaceId, str] = GroupCommit(self._read)

    async def token(self, workspace: WorkspaceId) -> str:
        """The workspace's token; `Refused` with trouble `token gone` when there is none.

        A post that goes to a thousand workspaces asks for their tokens at once: those who ask while
        the database is being read share the next reading.
        """
        known = self._memory.get(workspace)
        if known is not None:
            return known
        token = await self._asked.put(workspace)
        if not token:
            raise Refused("no_token", trouble=Trouble.TOKEN_GONE)
        self._memory.put(workspace, token)
        return token

    async def _read(self, wanted: Sequence[WorkspaceId]) -> Sequence[str]:
        async with self._database.view() as unit:
            tokens = await unit.workspaces.tokens(set(wanted))
        return [tokens.get(workspace, "") for workspace in wanted]


class CountedIntake:
    """`core.ports.Intake`: the inbox, with a count of what is new."""

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._inbox = database.inbox
        self._metrics = metrics

    async def put(self, received: Received) -> bool:
        """Keep it on disk; false when it was there already. Returns once it is safe."""
        self._metrics.note("received", received.key, lane=received.lane)
        is_new = await self._inbox.put(received)
        if is_new:
            self._metrics.received(received.platform)
            self._metrics.note("stored", received.key, lane=received.lane)
        return is_new

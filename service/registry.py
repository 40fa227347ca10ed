"""What platforms ask of the exchange, answered from storage, with a short memory."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Generic, TypeVar

from core.channels import Trouble
from core.events import Received, Source
from core.failures import Later, Refused, Scope
from core.ids import WorkspaceId
from core.installations import Credential
from core.places import Workspace
from service.clock import Clock
from service.membership.token_rotation import TokenRotation
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

    def forget(self, key: Key) -> None:
        """Ask anew the next time."""
        self._known.pop(key, None)


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
    """`core.ports.Credentials` over storage, and `core.installations.RenewsTokens`."""

    def __init__(
        self, database: Database, clock: Clock, rotation: TokenRotation | None = None
    ) -> None:
        """Without a `rotation`, a token that has ended is not exchanged for a new one."""
        self._database = database
        self._clock = clock
        self._rotation = rotation
        self._memory: ShortMemory[WorkspaceId, str] = ShortMemory(lambda: clock().timestamp())
        self._asked: GroupCommit[WorkspaceId, Credential | None] = GroupCommit(self._read)

    async def token(self, workspace: WorkspaceId) -> str:
        """The workspace's token; `Refused` with trouble `token gone` when there is none, `Later`
        when it has ended and there is no new one yet.

        A post that goes to a thousand workspaces asks for their tokens at once: those who ask while
        the database is being read share the next reading.
        """
        known = self._memory.get(workspace)
        if known is not None:
            return known
        credential = await self._asked.put(workspace)
        if credential is not None and credential.is_due(self._clock()):
            over = credential.is_over(self._clock())
            credential = await self._renewed(workspace, credential, wait=over)
        if credential is None:
            raise Refused("no_token", trouble=Trouble.TOKEN_GONE)
        if credential.is_over(self._clock()):
            raise Later("token_not_renewed_yet", scope=Scope.WORKSPACE)
        self._memory.put(workspace, credential.token)
        return credential.token

    async def renewed(self, workspace: WorkspaceId, rejected: str) -> str | None:
        """A token other than the rejected one, or None when there is none to be had."""
        self._memory.forget(workspace)
        credential = await self._asked.put(workspace)
        if credential is not None and credential.token == rejected:
            credential = await self._renewed(workspace, credential, wait=True)
        if credential is None or credential.token == rejected:
            return None
        self._memory.put(workspace, credential.token)
        return credential.token

    async def _renewed(
        self, workspace: WorkspaceId, credential: Credential, *, wait: bool
    ) -> Credential | None:
        if self._rotation is None or credential.installation is None:
            return credential
        await self._rotation.refresh(credential.installation, credential.generation, wait=wait)
        return await self._asked.put(workspace)

    async def _read(self, wanted: Sequence[WorkspaceId]) -> Sequence[Credential | None]:
        async with self._database.view() as unit:
            found = await unit.installations.credentials(set(wanted))
        return [found.get(workspace) for workspace in wanted]


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

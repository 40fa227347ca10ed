"""The workspaces that take part, and their tokens."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, or_, select, update

from core.events import Source
from core.ids import (
    CityId,
    ExternalMember,
    ExternalTenant,
    ExternalWorkspace,
    PlatformName,
    WorkspaceId,
)
from core.places import Workspace, WorkspaceState
from storage.cipher import Cipher
from storage.engine import Transaction
from storage.rows import workspace_of
from storage.tables import links, workspaces

_PRESENT = workspaces.c.state != WorkspaceState.REMOVED.value


_OWN = select(workspaces).where(
    workspaces.c.platform == bindparam("platform"),
    workspaces.c.external_id == bindparam("external"),
    _PRESENT,
)


class WorkspacesRepository:
    """Workspaces. Tokens go in and out in plain and are encrypted in between."""

    def __init__(
        self,
        transaction: Transaction,
        cipher: Cipher,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._transaction = transaction
        self._cipher = cipher
        self._clock = clock
        self._wake = wake

    async def add(
        self,
        platform: PlatformName,
        external_id: ExternalWorkspace,
        tenant: ExternalTenant,
        *,
        name: str = "",
        city: CityId | None = None,
        state: WorkspaceState = WorkspaceState.PENDING,
        api_url: str = "",
        token: str | None = None,
        bot_member: ExternalMember = ExternalMember(""),
        bot_id: str = "",
        app_id: str = "",
    ) -> Workspace:
        """Add a workspace. One that is known keeps its id and takes over what is given here; its
        state changes only when it had been removed, or to be confirmed."""
        known = await self.by_external(platform, external_id)
        given = {
            "tenant": tenant,
            "name": name,
            "city_id": city,
            "api_url": api_url,
            "token": None if token is None else self._cipher.encrypt(token),
            "bot_member": bot_member,
            "bot_id": bot_id,
            "app_id": app_id,
        }
        if known is not None:
            kept = {key: value for key, value in given.items() if value}
            again = WorkspaceState.REMOVED is known.state or state is WorkspaceState.CONFIRMED
            if again:
                kept["state"] = state.value
                self._wake()
            await self._change(known.id, **kept)
            return await self._known(known.id)
        fresh = self._transaction.insert(workspaces).values(
            platform=platform,
            external_id=external_id,
            state=state.value,
            created_at=self._clock(),
            **given,
        )
        own = await self._transaction.value(fresh.returning(workspaces.c.id))
        return await self._known(WorkspaceId(own))

    async def get(self, workspace: WorkspaceId) -> Workspace | None:
        """A workspace by our id."""
        return await self._one(workspaces.c.id == workspace)

    async def by_external(
        self, platform: PlatformName, external_id: ExternalWorkspace
    ) -> Workspace | None:
        """A workspace by the platform's id."""
        return await self._one(
            workspaces.c.platform == platform, workspaces.c.external_id == external_id
        )

    async def resolve(self, source: Source) -> Workspace | None:
        """The workspace that an event comes from (see `core.ports.Registry`)."""
        here = (workspaces.c.platform == source.platform, workspaces.c.tenant == source.tenant)
        if source.workspace:
            row = await self._transaction.row(
                _OWN, {"platform": source.platform, "external": source.workspace}
            )
            if row is not None:
                return workspace_of(row._mapping)
        if source.conversation is not None:
            linked = select(links.c.workspace_id).where(
                links.c.conversation == source.conversation, links.c.removed_at.is_(None)
            )
            found = await self._one(*here, _PRESENT, workspaces.c.id.in_(linked))
            if found is not None:
                return found
        rows = await self._transaction.rows(select(workspaces).where(*here, _PRESENT).limit(100))
        found_all = [workspace_of(row._mapping) for row in rows]
        confirmed = [one for one in found_all if one.state is WorkspaceState.CONFIRMED]
        only = confirmed if len(found_all) > 1 else found_all
        return only[0] if len(only) == 1 else None

    async def list(self) -> list[Workspace]:
        """All workspaces, the first one first."""
        rows = await self._transaction.rows(select(workspaces).order_by(workspaces.c.id))
        return [workspace_of(row._mapping) for row in rows]

    async def set_state(self, workspace: WorkspaceId, state: WorkspaceState) -> None:
        """Confirm, pause or remove; what waits for a confirmed one goes on."""
        await self._change(workspace, state=state.value)
        self._wake()

    async def set_token(self, workspace: WorkspaceId, token: str | None) -> None:
        """Keep another token, or forget it."""
        await self._change(workspace, token=None if token is None else self._cipher.encrypt(token))

    async def token(self, workspace: WorkspaceId) -> str | None:
        """The token, or None; SecretKeysMissing when it can't be read with the given keys."""
        kept = await self._transaction.value(
            select(workspaces.c.token).where(workspaces.c.id == workspace)
        )
        return None if kept is None else self._cipher.decrypt(kept)

    async def set_identity(
        self,
        workspace: WorkspaceId,
        *,
        name: str,
        bot_member: ExternalMember,
        bot_id: str,
        app_id: str,
    ) -> None:
        """Keep what the platform calls the workspace and our bot in it."""
        await self._change(
            workspace, name=name, bot_member=bot_member, bot_id=bot_id, app_id=app_id
        )

    async def set_name(self, workspace: WorkspaceId, name: str) -> None:
        """Keep what the platform calls the workspace."""
        await self._change(workspace, name=name)

    async def set_city(self, workspace: WorkspaceId, city: CityId | None) -> None:
        """Say which city a workspace belongs to."""
        await self._change(workspace, city_id=city)

    async def set_api_url(self, workspace: WorkspaceId, api_url: str) -> None:
        """Keep where the platform answers for the workspace."""
        await self._change(workspace, api_url=api_url)

    async def seen(self, ids_at: Mapping[WorkspaceId, datetime]) -> None:
        """Note when the last event came; an earlier time than the one known changes nothing."""
        last = workspaces.c.last_event_at
        at = bindparam("at", type_=last.type)
        statement = (
            update(workspaces)
            .where(workspaces.c.id == bindparam("own_id"), or_(last.is_(None), last < at))
            .values(last_event_at=at)
        )
        rows = [{"own_id": own, "at": ids_at[own]} for own in sorted(ids_at)]
        if rows:
            await self._transaction.run(statement, rows)

    async def reencrypt(self) -> int:
        """Encrypt every token with the newest key; gives back how many there are."""
        rows = await self._transaction.rows(
            select(workspaces.c.id, workspaces.c.token).where(workspaces.c.token.is_not(None))
        )
        for row in rows:
            await self._change(WorkspaceId(row.id), token=self._cipher.rotate(row.token))
        return len(rows)

    async def _change(self, workspace: WorkspaceId, **values: object) -> None:
        await self._transaction.run(
            update(workspaces).where(workspaces.c.id == workspace).values(**values)
        )

    async def _one(self, *conditions: ColumnElement[bool]) -> Workspace | None:
        row = await self._transaction.row(
            select(workspaces).where(*conditions).order_by(workspaces.c.id).limit(1)
        )
        return None if row is None else workspace_of(row._mapping)

    async def _known(self, workspace: WorkspaceId) -> Workspace:
        row = await self._transaction.row(select(workspaces).where(workspaces.c.id == workspace))
        if row is None:
            raise KeyError(workspace)
        return workspace_of(row._mapping)

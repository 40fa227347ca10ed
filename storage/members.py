"""The people in the workspaces."""

import functools
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from core.ids import ChannelId, ExternalMember, MemberId, WorkspaceId
from core.places import Member, MemberProfile, Role, Workspace
from storage.columns import clean
from storage.engine import Transaction, insert_into
from storage.rows import member_of, prefixed, workspace_of
from storage.tables import members, posts, workspaces

_FIND = select(members).where(
    members.c.workspace_id == bindparam("workspace"), members.c.external_id == bindparam("external")
)
_CHANGES = ("name", "name_key", "title", "is_app", "picture_url", "refreshed_at")


@functools.cache
def _put(*, postgres: bool) -> Any:
    fresh = insert_into(members, postgres=postgres)
    return fresh.on_conflict_do_update(
        index_elements=["workspace_id", "external_id"],
        set_={name: fresh.excluded[name] for name in _CHANGES},
    ).returning(members)


class MembersRepository:
    """Members by workspace."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, member: MemberId) -> Member | None:
        """A member by our id."""
        row = await self._transaction.row(select(members).where(members.c.id == member))
        return None if row is None else member_of(row._mapping)

    async def find(self, workspace: WorkspaceId, external_id: ExternalMember) -> Member | None:
        """A member by the platform's id."""
        row = await self._transaction.row(_FIND, {"workspace": workspace, "external": external_id})
        return None if row is None else member_of(row._mapping)

    async def put(
        self, workspace: WorkspaceId, profile: MemberProfile, at: datetime | None
    ) -> Member:
        """Add a member or bring them up to date. The role stays; a new one who is an admin of the
        workspace gets that role. `at` is when the platform said so, None when it was not asked."""
        role = Role.ADMIN if profile.is_admin else Role.STAFF
        values = {
            "name": profile.name,
            "name_key": clean(profile.name).casefold(),
            "title": profile.title,
            "is_app": profile.is_app,
            "picture_url": profile.picture_url,
            "refreshed_at": at,
        }
        own = {"workspace_id": workspace, "external_id": profile.external_id, "role": role.value}
        row = await self._transaction.row(
            _put(postgres=self._transaction.postgres), {**own, **values}
        )
        if row is None:
            raise KeyError(profile.external_id)
        return member_of(row._mapping)

    async def set_role(self, member: MemberId, role: Role) -> None:
        """Give a member another role."""
        await self._transaction.run(
            update(members).where(members.c.id == member).values(role=role.value)
        )

    async def admins(self, workspace: WorkspaceId) -> list[Member]:
        """The workspace's admins, as far as we know them."""
        return await self.holding(workspace, Role.ADMIN)

    async def holding(self, workspace: WorkspaceId, role: Role) -> list[Member]:
        """The people of a workspace who have a role."""
        rows = await self._transaction.rows(
            select(members)
            .where(members.c.workspace_id == workspace, members.c.role == role.value)
            .order_by(members.c.id)
        )
        return [member_of(row._mapping) for row in rows]

    async def named(
        self, channel: ChannelId, names: Collection[str]
    ) -> list[tuple[Member, Workspace]]:
        """People of these names (in any case) who have written in the channel."""
        keys = {clean(name).casefold() for name in names}
        if not keys:
            return []
        has_written = (
            select(posts.c.id)
            .where(posts.c.channel_id == channel, posts.c.author_id == members.c.id)
            .exists()
        )
        rows = await self._transaction.rows(
            select(*prefixed(members, "member_"), *prefixed(workspaces, "workspace_"))
            .join_from(members, workspaces, workspaces.c.id == members.c.workspace_id)
            .where(members.c.name_key.in_(keys), has_written)
            .order_by(members.c.id)
        )
        return [
            (member_of(row._mapping, "member_"), workspace_of(row._mapping, "workspace_"))
            for row in rows
        ]

"""Which conversation is joined to which channel."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    bindparam,
    case,
    literal,
    null,
    select,
    update,
)

from core.channels import Channel, Link, LinkMode, Outgoing, Trouble, lane_of
from core.ids import (
    ChannelId,
    CityId,
    ExternalConversation,
    ExternalMessage,
    Lane,
    LinkId,
    WorkspaceId,
)
from core.places import City, Workspace
from storage.engine import Transaction
from storage.errors import LinkExists, StorageError
from storage.lanes import OPEN, lock_lanes, next_due
from storage.rows import channel_of, city_of, link_of, prefixed, workspace_of
from storage.tables import channels, cities, deliveries, inbox_lanes, lanes, links, workspaces


@dataclass(frozen=True, slots=True)
class Linked:
    """A link with what it joins; `city` is None for a workspace of the operator."""

    link: Link
    channel: Channel
    workspace: Workspace
    city: City | None


@dataclass(frozen=True, slots=True)
class PinnedNotice:
    """A notice that is to be shown in a linked conversation, taken for this `until` then."""

    link: Link
    removed: bool
    until: datetime


class LinksRepository:
    """Links. Removed ones are kept out of sight, because history points to them."""

    def __init__(
        self, transaction: Transaction, clock: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._transaction = transaction
        self._clock = clock
        self._wake = wake

    async def add(
        self,
        channel: ChannelId,
        workspace: WorkspaceId,
        conversation: ExternalConversation,
        mode: LinkMode = LinkMode.LIVE,
        *,
        outgoing: Outgoing = Outgoing.EVERYTHING,
        apps_posts: bool = False,
        conversation_name: str = "",
        notice: bool = False,
    ) -> Link:
        """Link a conversation; LinkExists says what it is linked to already.

        One that was linked to the same channel before is the same link again, without what had
        been waiting for it. With `notice`, a notice will be pinned there.
        """
        lane = await self._lane(workspace, conversation)
        await self._check_free(lane)
        values = {
            "lane": lane,
            "mode": mode.value,
            "outgoing": outgoing.value,
            "apps_posts": apps_posts,
            "conversation_name": conversation_name,
            "trouble": None,
            "trouble_since": None,
            "removed_at": None,
            "notice_due_at": self._clock() if notice else None,
        }
        before = await self._transaction.value(
            select(links.c.id).where(
                links.c.channel_id == channel,
                links.c.workspace_id == workspace,
                links.c.conversation == conversation,
                links.c.removed_at.is_not(None),
            )
        )
        if before is None:
            fresh = self._transaction.insert(links).values(
                channel_id=channel,
                workspace_id=workspace,
                conversation=conversation,
                last_seen="",
                created_at=self._clock(),
                **values,
            )
            own = await self._transaction.value(fresh.returning(links.c.id))
        else:
            own = before
            await self._change(LinkId(own), **values)
        await self._transaction.run(
            self._transaction.insert(lanes).values(link_id=own, pace=[]).on_conflict_do_nothing()
        )
        return await self._known(LinkId(own))

    async def get(self, link: LinkId) -> Link | None:
        """A link by our id, a removed one too."""
        row = await self._transaction.row(select(links).where(links.c.id == link))
        return None if row is None else link_of(row._mapping)

    async def by_lane(self, lane: Lane) -> Linked | None:
        """The link of a conversation with all that it joins, in one statement."""
        row = await self._transaction.row(_by_lane(), {"lane": lane})
        return None if row is None else _linked_of(row)

    async def by_id(self, link: LinkId) -> Linked | None:
        """A link with all that it joins."""
        row = await self._transaction.row(_linked(links.c.id == link))
        return None if row is None else _linked_of(row)

    async def linked(
        self,
        channel: ChannelId | None = None,
        workspace: WorkspaceId | None = None,
        city: CityId | None = None,
    ) -> list[Linked]:
        """Links with all that they join, of a channel, a workspace or a city when one is given."""
        statement = _linked().order_by(links.c.id)
        if channel is not None:
            statement = statement.where(links.c.channel_id == channel)
        if workspace is not None:
            statement = statement.where(links.c.workspace_id == workspace)
        if city is not None:
            statement = statement.where(workspaces.c.city_id == city)
        return [_linked_of(row) for row in await self._transaction.rows(statement)]

    async def list(
        self, channel: ChannelId | None = None, workspace: WorkspaceId | None = None
    ) -> list[Link]:
        """Links, of a channel or a workspace when one is given."""
        statement = select(links).where(links.c.removed_at.is_(None)).order_by(links.c.id)
        if channel is not None:
            statement = statement.where(links.c.channel_id == channel)
        if workspace is not None:
            statement = statement.where(links.c.workspace_id == workspace)
        return [link_of(row._mapping) for row in await self._transaction.rows(statement)]

    async def set_mode(self, link: LinkId, mode: LinkMode) -> None:
        """Make a link live, a digest, or paused. What waits for a live one goes on."""
        await self._change(link, mode=mode.value, notice_due_at=self._notice_due())
        self._wake()

    async def set_trouble(self, link: LinkId, trouble: Trouble | None, at: datetime) -> bool:
        """Note why a link has stopped working, or that it works again; false when that was known.

        What has waited while it was in trouble goes on at once.
        """
        await lock_lanes(self._transaction, [link])
        known = await self._transaction.value(select(links.c.trouble).where(links.c.id == link))
        if known == (None if trouble is None else trouble.value):
            return False
        since = None if trouble is None else at
        await self._change(
            link, trouble=None if trouble is None else trouble.value, trouble_since=since
        )
        if trouble is None:
            now = literal(self._clock(), lanes.c.due_at.type)
            await self._transaction.run(
                update(lanes)
                .where(lanes.c.link_id == link)
                .values(held_until=null(), due_at=next_due(now, now))
            )
            self._wake()
        return True

    async def set_apps_posts(self, link: LinkId, apps_posts: bool) -> None:
        """Say whether posts by other apps go out from here."""
        await self._change(link, apps_posts=apps_posts)

    async def set_outgoing(self, link: LinkId, outgoing: Outgoing) -> None:
        """Say what goes out from here."""
        await self._change(link, outgoing=outgoing.value, notice_due_at=self._notice_due())

    async def rename(self, link: LinkId, conversation_name: str) -> None:
        """The conversation has another name."""
        await self._change(link, conversation_name=conversation_name)

    async def move(self, link: LinkId, conversation: ExternalConversation) -> Link:
        """The conversation has another id; LinkExists when that one is linked already."""
        known = await self._known(link)
        lane = await self._lane(known.workspace, conversation)
        if lane != known.lane:
            await self._check_free(lane)
            await self._change(link, conversation=conversation, lane=lane)
        return await self._known(link)

    async def remove(self, link: LinkId) -> None:
        """End a link; what was waiting for it is skipped, what was said stays."""
        await lock_lanes(self._transaction, [link])
        now = self._clock()
        await self._transaction.run(
            update(deliveries)
            .where(deliveries.c.link_id == link, OPEN)
            .values(state="skipped", error="the link was removed", settled_at=now)
        )
        await self._transaction.run(lanes.delete().where(lanes.c.link_id == link))
        await self._change(link, removed_at=now, notice_due_at=self._notice_due())

    async def take_notices(self, limit: int, lease: timedelta) -> Sequence[PinnedNotice]:
        """Links whose notice is to be pinned or changed now; each comes again after the lease."""
        now = self._clock()
        due = await self._transaction.rows(
            select(links.c.id)
            .where(links.c.notice_due_at <= now)
            .order_by(links.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        if not due:
            return []
        rows = await self._transaction.rows(
            update(links)
            .where(links.c.id.in_([row.id for row in due]))
            .values(notice_due_at=now + lease)
            .returning(links)
        )
        return [
            PinnedNotice(
                link_of(row._mapping),
                removed=row.removed_at is not None,
                until=row.notice_due_at,
            )
            for row in sorted(rows, key=lambda row: int(row.id))
        ]

    async def noticed(self, notice: PinnedNotice, message: ExternalMessage | str) -> None:
        """The notice stands as it should; an empty message when there is none any more. What has
        changed since it was taken is shown next."""
        due = links.c.notice_due_at
        settled = case((due == literal(notice.until, due.type), null()), else_=due)
        await self._change(notice.link.id, notice_message=message, notice_due_at=settled)

    def _notice_due(self) -> ColumnElement[Any]:
        """Now, where a notice stands or is on its way; where there is none, there will be none."""
        stands = (links.c.notice_message != "") | links.c.notice_due_at.is_not(None)
        return case((stands, literal(self._clock(), links.c.notice_due_at.type)), else_=null())

    async def set_last_seen(self, link: LinkId, message: ExternalMessage | str) -> None:
        """Note the newest message that we know there.

        While the conversation is held nothing is noted: what was missed lies before that message,
        and is read again from the one before the gap, whoever ends in the middle.
        """
        held = select(inbox_lanes.c.lane).where(
            inbox_lanes.c.lane == links.c.lane, inbox_lanes.c.held_until.is_not(None)
        )
        await self._transaction.run(
            update(links).where(links.c.id == link, ~held.exists()).values(last_seen=message)
        )

    async def _lane(self, workspace: WorkspaceId, conversation: ExternalConversation) -> Lane:
        row = await self._transaction.row(select(workspaces).where(workspaces.c.id == workspace))
        if row is None:
            raise StorageError(f"There is no workspace {workspace}.")
        known = workspace_of(row._mapping)
        return lane_of(known.platform, known.tenant, conversation)

    async def _check_free(self, lane: Lane) -> None:
        taken = await self.by_lane(lane)
        if taken is not None:
            raise LinkExists(
                f"This conversation is linked to {taken.channel.slug} already "
                f"(link {taken.link.id}). Remove that link first."
            )

    async def _change(self, link: LinkId, **values: object) -> None:
        await self._transaction.run(update(links).where(links.c.id == link).values(**values))

    async def _known(self, link: LinkId) -> Link:
        found = await self.get(link)
        if found is None:
            raise KeyError(link)
        return found


@functools.cache
def _by_lane() -> Select[Any]:
    return _linked(links.c.lane == bindparam("lane"))


def _linked(*conditions: ColumnElement[bool]) -> Select[Any]:
    joined = (
        links.join(channels, channels.c.id == links.c.channel_id)
        .join(workspaces, workspaces.c.id == links.c.workspace_id)
        .outerjoin(cities, cities.c.id == workspaces.c.city_id)
    )
    return (
        select(
            *prefixed(links, "link_"),
            *prefixed(channels, "channel_"),
            *prefixed(workspaces, "workspace_"),
            *prefixed(cities, "city_"),
        )
        .select_from(joined)
        .where(links.c.removed_at.is_(None), *conditions)
    )


def _linked_of(row: Row[Any]) -> Linked:
    fields = row._mapping
    return Linked(
        link=link_of(fields, "link_"),
        channel=channel_of(fields, "channel_"),
        workspace=workspace_of(fields, "workspace_"),
        city=None if fields["city_id"] is None else city_of(fields, "city_"),
    )

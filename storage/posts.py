"""Posts, their versions, their files and their copies.

What a post said is never overwritten: each change is one more row in `post_versions`.
"""

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from core.ids import (
    ChannelId,
    CopyId,
    ExternalMessage,
    FileId,
    LinkId,
    MemberId,
    PostId,
    WorkspaceId,
)
from core.places import Member
from core.posts import Author, Change, Copy, Count, Post, StoredFile
from core.standing import Standing
from core.text import Body, body_from_json, body_to_json
from storage.engine import Transaction, insert_into
from storage.loading import load_files, load_posts, load_tallies
from storage.reacting import change_reaction
from storage.rows import copy_of
from storage.standing import is_out, on_the_way, standing_of
from storage.tables import copies, files, post_versions, posts


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of a new post. `digest` names content put into the file store before, or is empty."""

    name: str
    media_type: str
    size: int
    alt_text: str = ""
    digest: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post on its way in. `message` and `thread` are where the original stands."""

    channel: ChannelId
    origin: LinkId
    author: Member
    author_view: Author
    body: Body
    at: datetime
    message: ExternalMessage
    thread: ExternalMessage | None = None
    root: PostId | None = None
    broadcast: bool = False
    files: tuple[NewFile, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """What a post said from one time on. A deleted version says what was taken back."""

    version: int
    change: Change
    body: Body
    notes: tuple[str, ...]
    files: tuple[StoredFile, ...]
    at: datetime


_ADD_POST = insert(posts).returning(posts.c.id)
_ADD_VERSION = insert(post_versions)
_COPIES_AT = (
    select(copies)
    .where(copies.c.link_id == bindparam("link"), copies.c.message == bindparam("message"))
    .order_by(copies.c.id)
)


@functools.cache
def _add_origin(*, postgres: bool) -> Any:
    fresh = insert_into(copies, postgres=postgres)
    return fresh.on_conflict_do_nothing().returning(copies.c.id)


class PostsRepository:
    """Posts with all that belongs to them."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, new: NewPost) -> Post | None:
        """Keep a post with its first version and its original as a copy.

        None, and nothing written, when the message is known there already.
        """
        if await self.copies_at(new.origin, new.message):
            return None
        own = PostId(await self._transaction.value(_ADD_POST, _row_of(new)))
        if not await self._add_origin(own, new):
            await self._transaction.run(posts.delete().where(posts.c.id == own))
            return None
        file_ids = await self._add_files(own, new.files)
        await self._add_version(own, 1, Change.WRITTEN, new.body, new.notes, file_ids, new.at)
        if new.root is not None:
            await self._transaction.run(
                update(posts)
                .where(posts.c.id == new.root, posts.c.active_at < new.at)
                .values(active_at=new.at)
            )
        return _post_of(own, new, file_ids)

    async def get(self, post: PostId) -> Post | None:
        """A post as it stands now."""
        return (await load_posts(self._transaction, [post])).get(post)

    async def get_many(self, ids: Collection[PostId]) -> dict[PostId, Post]:
        """Posts by id, in a fixed number of statements; unknown ones are left out."""
        return await load_posts(self._transaction, ids)

    async def copies_at(self, link: LinkId, message: ExternalMessage) -> list[Copy]:
        """What a message in a conversation shows: a joined one shows several posts, in order."""
        rows = await self._transaction.rows(_COPIES_AT, {"link": link, "message": message})
        return [copy_of(row._mapping) for row in rows]

    async def copies_of(self, post: PostId, link: LinkId | None = None) -> list[Copy]:
        """The copies of a post, everywhere or in one conversation, by part."""
        conditions = [copies.c.post_id == post]
        if link is not None:
            conditions.append(copies.c.link_id == link)
        return await self._copies(*conditions, order=(copies.c.link_id, copies.c.part, copies.c.id))

    async def forget(self, ids: Collection[CopyId]) -> None:
        """Note that copies are gone: somebody took them away."""
        await self._transaction.run(update(copies).where(copies.c.id.in_(ids)).values(gone=True))

    async def revise(
        self,
        post: PostId,
        body: Body,
        new_files: Sequence[NewFile] | None,
        notes: tuple[str, ...],
        at: datetime,
    ) -> Post:
        """One more version, unless a newer one is known. None as files keeps those it has."""
        row = await self._current(post)
        if at < row["version_at"]:
            return await self._known(post)
        file_ids = (
            list(row["file_ids"]) if new_files is None else await self._add_files(post, new_files)
        )
        await self._next_version(row, Change.EDITED, body, notes, file_ids, at)
        return await self._known(post)

    async def retract(self, post: PostId, at: datetime) -> Post:
        """Take a post back: one more version that says so. Doing it twice is doing it once."""
        row = await self._current(post)
        if not row["deleted"]:
            await self._next_version(row, Change.DELETED, (), (), [], at)
        return await self._known(post)

    async def versions(self, post: PostId) -> list[Version]:
        """Every version of a post, the first one first."""
        rows = await self._transaction.rows(
            select(post_versions)
            .where(post_versions.c.post_id == post)
            .order_by(post_versions.c.version)
        )
        stored = await load_files(
            self._transaction, [FileId(each) for row in rows for each in row.file_ids]
        )
        return [
            Version(
                version=row.version,
                change=Change(row.change),
                body=body_from_json(row.body),
                notes=tuple(row.notes),
                files=tuple(stored[FileId(each)] for each in row.file_ids),
                at=row.at,
            )
            for row in rows
        ]

    async def react(
        self,
        post: PostId,
        member: MemberId,
        emoji: str,
        character: str,
        added: bool,
        at: datetime,
    ) -> bool:
        """Note an emoji given or taken back; false when that is how it was already."""
        return await change_reaction(
            self._transaction, post, member, emoji, character, added=added, at=at
        )

    async def tally(self, post: PostId) -> tuple[Count, ...]:
        """How often each emoji was given, the one given first comes first."""
        return (await load_tallies(self._transaction, [post])).get(post, ())

    async def standing(self, post: PostId) -> list[Standing]:
        """For each conversation that the post goes to: has it got it, and if not, why."""
        return await standing_of(self._transaction, post)

    async def is_out(self, post: PostId) -> bool:
        """Whether no conversation waits for a post any more."""
        return await is_out(self._transaction, post)

    async def on_the_way(self, workspace: WorkspaceId) -> int:
        """How many posts written in a workspace some conversation is still waiting for."""
        return await on_the_way(self._transaction, workspace)

    async def newest_by(self, member: MemberId) -> PostId | None:
        """The newest post that somebody wrote."""
        found = await self._transaction.value(
            select(posts.c.id)
            .where(posts.c.author_id == member)
            .order_by(posts.c.id.desc())
            .limit(1)
        )
        return None if found is None else PostId(found)

    async def recent_roots(
        self, link: LinkId, since: datetime, limit: int
    ) -> list[ExternalMessage]:
        """The messages in a conversation below which there has been talk since, newest first."""
        rows = await self._transaction.rows(
            select(copies.c.message)
            .join(posts, posts.c.id == copies.c.post_id)
            .where(
                copies.c.link_id == link,
                copies.c.part == 0,
                copies.c.gone.is_(False),
                posts.c.root_id.is_(None),
                posts.c.active_at >= since,
            )
            .order_by(posts.c.active_at.desc(), posts.c.id.desc())
            .limit(limit)
        )
        return list(dict.fromkeys(ExternalMessage(row.message) for row in rows))

    async def _copies(self, *conditions: Any, order: tuple[Any, ...]) -> list[Copy]:
        rows = await self._transaction.rows(select(copies).where(*conditions).order_by(*order))
        return [copy_of(row._mapping) for row in rows]

    async def _add_origin(self, post: PostId, new: NewPost) -> bool:
        added = await self._transaction.value(
            _add_origin(postgres=self._transaction.postgres),
            {
                "post_id": post,
                "link_id": new.origin,
                "message": new.message,
                "part": 0,
                "thread": new.thread,
                "is_origin": True,
                "shown": 1,
                "gone": False,
                "joined": False,
                "reactions": [],
            },
        )
        return added is not None

    async def _add_files(self, post: PostId, new_files: Sequence[NewFile]) -> list[int]:
        ids = []
        for file in new_files:
            fresh = self._transaction.insert(files).values(
                post_id=post,
                name=file.name,
                media_type=file.media_type,
                size=file.size,
                alt_text=file.alt_text,
                digest=file.digest,
                problem=file.problem,
            )
            ids.append(int(await self._transaction.value(fresh.returning(files.c.id))))
        return ids

    async def _add_version(
        self,
        post: PostId,
        version: int,
        change: Change,
        body: Body,
        notes: tuple[str, ...],
        file_ids: list[int],
        at: datetime,
    ) -> None:
        await self._transaction.run(
            _ADD_VERSION,
            {
                "post_id": post,
                "version": version,
                "change": change.value,
                "body": body_to_json(body),
                "notes": list(notes),
                "file_ids": file_ids,
                "at": at,
            },
        )

    async def _next_version(
        self,
        row: Any,
        change: Change,
        body: Body,
        notes: tuple[str, ...],
        file_ids: list[int],
        at: datetime,
    ) -> None:
        post, version = PostId(row["id"]), row["version"] + 1
        await self._add_version(post, version, change, body, notes, file_ids, at)
        await self._transaction.run(
            update(posts)
            .where(posts.c.id == post)
            .values(version=version, deleted=change is Change.DELETED)
        )
        await self._transaction.run(
            update(copies)
            .where(copies.c.post_id == post, copies.c.is_origin)
            .values(shown=version, gone=change is Change.DELETED)
        )

    async def _current(self, post: PostId) -> Any:
        row = await self._transaction.row(
            select(posts, post_versions.c.file_ids, post_versions.c.at.label("version_at"))
            .join(
                post_versions,
                (post_versions.c.post_id == posts.c.id)
                & (post_versions.c.version == posts.c.version),
            )
            .where(posts.c.id == post)
            .with_for_update(of=posts)
        )
        if row is None:
            raise KeyError(post)
        return row._mapping

    async def _known(self, post: PostId) -> Post:
        return (await load_posts(self._transaction, [post]))[post]


def _row_of(new: NewPost) -> dict[str, Any]:
    return {
        "channel_id": new.channel,
        "origin_id": new.origin,
        "author_id": new.author.id,
        "author_name": new.author_view.name,
        "author_city": new.author_view.city,
        "author_role": new.author_view.role.value,
        "author_is_app": new.author_view.is_app,
        "author_picture": new.author_view.picture_url,
        "root_id": new.root,
        "broadcast": new.broadcast,
        "version": 1,
        "deleted": False,
        "created_at": new.at,
        "active_at": new.at,
        "fanned_out": False,
        "spread_at": None,
    }


def _post_of(own: PostId, new: NewPost, file_ids: Sequence[int]) -> Post:
    """What loading the post would give, without asking the database again."""
    return Post(
        id=own,
        channel=new.channel,
        origin=new.origin,
        author_id=new.author.id,
        author=new.author_view,
        body=new.body,
        version=1,
        created_at=new.at.astimezone(UTC),
        root=new.root,
        broadcast=new.broadcast,
        files=tuple(
            StoredFile(
                id=FileId(file_id),
                name=file.name,
                media_type=file.media_type,
                size=file.size,
                alt_text=file.alt_text,
                digest=file.digest,
                problem=file.problem,
            )
            for file_id, file in zip(file_ids, new.files, strict=True)
        ),
        notes=new.notes,
    )

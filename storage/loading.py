"""Whole posts, as they stand now, for any number of them in three statements."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import BindParameter, String, and_, bindparam, cast, func, literal, select

from core.ids import ChannelId, FileId, LinkId, MemberId, PostId, WorkspaceId
from core.places import Role
from core.posts import Author, Count, Post, StoredFile
from core.text import body_from_json
from storage.engine import Transaction
from storage.rows import Fields, file_of
from storage.tables import files, members, post_versions, posts, reactions, workspaces

_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_CURRENT = and_(post_versions.c.post_id == posts.c.id, post_versions.c.version == posts.c.version)
_POSTS = (
    select(posts, post_versions.c.body, post_versions.c.notes, post_versions.c.file_ids)
    .join_from(posts, post_versions, _CURRENT)
    .where(posts.c.id.in_(_IDS))
)
_FILES = select(files).where(files.c.id.in_(_IDS))
#: A workspace that belongs to no city (the operator's) counts as a place of its own.
_PLACE = func.coalesce(workspaces.c.city_id, literal("workspace ") + cast(workspaces.c.id, String))

_TALLIES = (
    select(
        reactions.c.post_id,
        reactions.c.emoji,
        func.min(reactions.c.character).label("character"),
        workspaces.c.id.label("workspace"),
        _PLACE.label("place"),
        func.count().label("people"),
        func.min(reactions.c.at).label("first"),
    )
    .join(members, members.c.id == reactions.c.member_id)
    .join(workspaces, workspaces.c.id == members.c.workspace_id)
    .where(reactions.c.post_id.in_(_IDS))
    .group_by(reactions.c.post_id, reactions.c.emoji, workspaces.c.id, _PLACE)
)


async def load_posts(transaction: Transaction, ids: Collection[PostId]) -> dict[PostId, Post]:
    """The posts with these ids; unknown ones are left out."""
    if not ids:
        return {}
    rows = [row._mapping for row in await transaction.rows(_POSTS, {"ids": list(ids)})]
    file_ids = [FileId(each) for row in rows for each in row["file_ids"]]
    stored = await load_files(transaction, file_ids)
    tallies = await load_tallies(transaction, ids)
    return {
        post.id: post
        for row in rows
        for post in [_post_of(row, stored, tallies.get(PostId(row["id"]), ()))]
    }


async def load_files(transaction: Transaction, ids: Collection[FileId]) -> dict[FileId, StoredFile]:
    """Files by id."""
    if not ids:
        return {}
    rows = await transaction.rows(_FILES, {"ids": list(ids)})
    return {file.id: file for row in rows for file in [file_of(row._mapping)]}


async def load_tallies(
    transaction: Transaction, ids: Collection[PostId]
) -> dict[PostId, tuple[Count, ...]]:
    """What people think of the posts: by emoji, the one given first comes first."""
    rows = await transaction.rows(_TALLIES, {"ids": list(ids)})
    grouped: dict[PostId, dict[str, list[Fields]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(rows, key=lambda row: (row.first, row.emoji)):
        grouped[PostId(row.post_id)][row.emoji].append(row._mapping)
    return {
        post: tuple(_count_of(emoji, places) for emoji, places in by_emoji.items())
        for post, by_emoji in grouped.items()
    }


def _count_of(emoji: str, places: list[Fields]) -> Count:
    return Count(
        emoji=emoji,
        character=places[0]["character"],
        people=sum(place["people"] for place in places),
        cities=len({place["place"] for place in places}),
        workspaces=tuple(sorted(WorkspaceId(place["workspace"]) for place in places)),
    )


def _post_of(row: Fields, stored: dict[FileId, StoredFile], tally: tuple[Count, ...]) -> Post:
    root = row["root_id"]
    return Post(
        id=PostId(row["id"]),
        channel=ChannelId(row["channel_id"]),
        origin=LinkId(row["origin_id"]),
        author_id=MemberId(row["author_id"]),
        author=Author(
            name=row["author_name"],
            city=row["author_city"],
            role=Role(row["author_role"]),
            is_app=row["author_is_app"],
            picture_url=row["author_picture"],
        ),
        body=body_from_json(row["body"]),
        version=row["version"],
        created_at=row["created_at"],
        root=None if root is None else PostId(root),
        broadcast=row["broadcast"],
        deleted=row["deleted"],
        files=tuple(stored[FileId(each)] for each in row["file_ids"]),
        notes=tuple(row["notes"]),
        tally=tally,
    )

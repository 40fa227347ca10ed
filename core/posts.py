"""Posts, every version of them, and their copies in the linked conversations."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.ids import (
    ChannelId,
    CopyId,
    ExternalFile,
    ExternalMessage,
    FileId,
    LinkId,
    MemberId,
    PostId,
    WorkspaceId,
)
from core.places import Role
from core.text import Body


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file as a platform describes it. `url` is where the platform gives it out."""

    external_id: ExternalFile
    name: str
    media_type: str
    size: int
    url: str
    alt_text: str = ""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a post. `too_large` ones, and ones that could not be fetched, have no content."""

    id: FileId
    name: str
    media_type: str
    size: int
    alt_text: str = ""
    digest: str = ""
    problem: str = ""

    @property
    def has_content(self) -> bool:
        """Whether we hold the bytes."""
        return bool(self.digest)


class Change(StrEnum):
    """What made a version of a post."""

    WRITTEN = "written"
    EDITED = "edited"
    DELETED = "deleted"


_CLAIMS_TO_BE_MAYOR = re.compile(r"^\W*mayor\b\W*(?=\w)", re.IGNORECASE)


def spoken_name(name: str) -> str:
    """A name without the word that marks a mayor: only the role may say that."""
    return _CLAIMS_TO_BE_MAYOR.sub("", name.strip())


@dataclass(frozen=True, slots=True)
class Author:
    """Who speaks, as people read it. `picture_url` is the city's picture."""

    name: str
    city: str
    role: Role = Role.STAFF
    is_app: bool = False
    picture_url: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How often an emoji was given to a post, by how many cities, and in which workspaces."""

    emoji: str
    character: str
    people: int
    cities: int
    workspaces: tuple[WorkspaceId, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """A post as it stands now. `version` counts from 1; earlier versions are kept for ever."""

    id: PostId
    channel: ChannelId
    origin: LinkId
    author_id: MemberId
    author: Author
    body: Body
    version: int
    created_at: datetime
    root: PostId | None = None
    broadcast: bool = False
    deleted: bool = False
    files: tuple[StoredFile, ...] = ()
    notes: tuple[str, ...] = ()
    tally: tuple[Count, ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """A post as shown in one conversation.

    A long post has several copies there, told apart by `part`; a joined message is the copy of
    several posts, and each of those is `joined`. `thread` is the platform's id of the thread it
    stands in, or None. The original counts as a copy too, with `is_origin`. `shown` is the version
    it shows, `reactions` the emoji that our bot gave to it.
    """

    id: CopyId
    post: PostId
    link: LinkId
    message: ExternalMessage
    part: int = 0
    thread: ExternalMessage | None = None
    is_origin: bool = False
    shown: int = 1
    gone: bool = False
    joined: bool = False
    reactions: tuple[str, ...] = ()

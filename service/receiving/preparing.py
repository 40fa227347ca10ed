"""The slow part of a new post, done before anything is written: who speaks, whom they mean, and
the files they attach."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.decisions import Situation
from core.events import MessageEdited, MessagePosted
from core.failures import CallFailed, Later
from core.file_names import plain_name
from core.ids import CityId
from core.mentions import names_in, with_known, with_people
from core.pictures import honest_type
from core.places import City, Member, MemberProfile, Workspace
from core.ports import Platform, SupportsFiles, SupportsMembers
from core.posts import Author, IncomingFile, StoredFile, spoken_name
from core.sizes import say_size
from core.text import Body, MemberKey, Mention, mentions_in
from core.words import FILE_NOT_FETCHED, FILE_TOO_LARGE, SOMEONE
from storage.database import Database
from storage.posts import NewFile

log = logging.getLogger(__name__)

LARGEST_FILE = 25 * 1024 * 1024
"""Bytes. Larger files stay where they are, and the post says so."""

_KNOWN_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A new post's parts, ready to be written. `member` is the author, when known well enough."""

    profile: MemberProfile
    member: Member | None
    city: str
    picture_url: str
    body: Body
    files: tuple[NewFile, ...]
    notes: tuple[str, ...]

    def author(self, member: Member) -> Author:
        """How people read who speaks."""
        name = spoken_name(member.name) or SOMEONE
        return Author(name, self.city, member.role, member.is_app, self.picture_url)


class Preparer:
    """Asks platforms about people and fetches files, each with a way to go on without."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Callable[[], datetime],
        picture_of: Callable[[CityId], str],
    ) -> None:
        self._database = database
        self._clock = clock
        self._picture_of = picture_of

    async def prepare(
        self, platform: Platform, situation: Situation, event: MessagePosted, body: Body
    ) -> Prepared:
        """Get everything that a new post needs. `Later` when the platform asks to wait."""
        workspace, city, known = situation.workspace, situation.city, situation.author
        fresh = known if known is not None and self._is_fresh(known) else None
        profile = (
            _as_profile(fresh)
            if fresh is not None
            else await self._asked(platform, workspace, event.author, known)
        )
        files, notes = await self._files(platform, workspace, event.files, profile.name or SOMEONE)
        return Prepared(
            profile=profile,
            member=fresh,
            city=city.label if city else workspace.name,
            picture_url=self._picture_of(city.id) if city else "",
            body=await self.name_people(platform, situation, body),
            files=files,
            notes=(*event.notes, *notes),
        )

    async def changed_files(
        self, platform: Platform, situation: Situation, event: MessageEdited
    ) -> tuple[tuple[NewFile, ...] | None, tuple[str, ...]]:
        """The files of an edited post, None when they are those it has, and its notes."""
        post = situation.post
        if post is None or event.files is None or _names(event.files) == _names(post.files):
            return None, event.notes
        workspace = situation.workspace
        files, notes = await self._files(platform, workspace, event.files, post.author.name)
        return files, (*event.notes, *notes)

    async def profile(
        self,
        platform: Platform,
        workspace: Workspace,
        told: MemberProfile,
    ) -> MemberProfile:
        """Who somebody is: as known, as the platform says, or as the event told."""
        async with self._database.view() as view:
            known = await view.members.find(workspace.id, told.external_id)
        if known is not None and self._is_fresh(known):
            return _as_profile(known)
        return await self._asked(platform, workspace, told, known)

    def _is_fresh(self, known: Member) -> bool:
        asked = known.refreshed_at
        return bool(known.name) and asked is not None and asked + _KNOWN_FOR > self._clock()

    async def _asked(
        self,
        platform: Platform,
        workspace: Workspace,
        told: MemberProfile,
        known: Member | None,
    ) -> MemberProfile:
        if told.name or told.is_app:
            return told
        if isinstance(platform, SupportsMembers):
            try:
                return await platform.member(workspace, told.external_id)
            except Later:
                raise
            except CallFailed as failure:
                log.info("a member could not be looked up", extra={"code": failure.code})
        return _as_profile(known) if known is not None else told

    async def name_people(self, platform: Platform, situation: Situation, body: Body) -> Body:
        """Give every mention its name and city, and find the people named with an @."""
        link = situation.link
        asked = [mention for mention in mentions_in(body) if mention.who is not None]
        names = names_in(body)
        if link is None or not (asked or names):
            return body
        known = await self._known(platform, situation, asked)
        people: dict[str, Mention] = {}
        if not names:
            return with_known(body, known)
        async with self._database.view() as view:
            for member, home in await view.members.named(link.channel, names):
                city = await view.cities.get(home.city) if home.city else None
                people[member.name.casefold()] = _mention_of(member, home, city)
        return with_people(with_known(body, known), people)

    async def _known(
        self, platform: Platform, situation: Situation, asked: Sequence[Mention]
    ) -> dict[Mention, Mention]:
        """The people that were picked from the platform's own list, with name and city."""
        label = situation.city.label if situation.city else ""
        known: dict[Mention, Mention] = {}
        for mention in asked:
            if mention.who is None:
                continue
            told = MemberProfile(mention.who.member, mention.name)
            profile = await self.profile(platform, situation.workspace, told)
            name = profile.name or mention.name or SOMEONE
            known[mention] = Mention(name, mention.who, label)
        return known

    async def _files(
        self, platform: Platform, workspace: Workspace, files: Sequence[IncomingFile], author: str
    ) -> tuple[tuple[NewFile, ...], tuple[str, ...]]:
        kept: list[NewFile] = []
        notes: list[str] = []
        for file in files:
            name = plain_name(file.name)
            if file.size > LARGEST_FILE:
                notes.append(FILE_TOO_LARGE.format(name=name, size=say_size(file.size)))
                continue
            data = await self._fetch(platform, workspace, file)
            if data is None:
                notes.append(FILE_NOT_FETCHED.format(name=name, author=author))
                continue
            digest = await self._database.files.put(data)
            kind = honest_type(file.media_type, data)
            kept.append(NewFile(name, kind, len(data), file.alt_text, digest))
        return tuple(kept), tuple(notes)

    async def _fetch(
        self, platform: Platform, workspace: Workspace, file: IncomingFile
    ) -> bytes | None:
        if not isinstance(platform, SupportsFiles):
            return None
        try:
            return await platform.fetch(workspace, file, LARGEST_FILE)
        except Later:
            raise
        except CallFailed as failure:
            log.info("a file could not be fetched", extra={"code": failure.code})
            return None


def _names(files: Sequence[IncomingFile | StoredFile]) -> list[str]:
    return [file.name for file in files]


def _as_profile(member: Member) -> MemberProfile:
    return MemberProfile(
        member.external_id, member.name, member.title, member.picture_url, is_app=member.is_app
    )


def _mention_of(member: Member, workspace: Workspace, city: City | None) -> Mention:
    who = MemberKey(workspace.platform, workspace.tenant, member.external_id)
    return Mention(member.name, who, city.label if city else "")

"""Asks a platform for a conversation or for people, within the seconds that a form has."""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core import office_words as words
from core.channels import Trouble
from core.failures import CallFailed, Refused
from core.ids import ExternalConversation, ExternalMember
from core.places import MemberProfile
from core.ports import (
    SupportsConversations,
    SupportsInviting,
    SupportsListing,
    SupportsMembers,
)
from service.office.visit import Visit

log = logging.getLogger(__name__)

WITHIN = 1.7
"""Seconds for everything that is asked: a form must be answered within three."""

NAMES_WITHIN = 0.8
INVITED_WITHIN = 0.7
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation with our bot in it; the name is empty where it could not be had in time."""

    conversation: ExternalConversation
    name: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field."""

    field: str
    text: str


def can_make(visit: Visit) -> bool:
    """Whether the guest's platform lets us make conversations."""
    return isinstance(visit.platform, SupportsConversations)


async def reach_place(visit: Visit, chosen: str, name: str) -> Place | Problem:
    """A conversation: the chosen one, joined, or a new one of this name."""
    field = "conversation" if chosen or not can_make(visit) else "name"
    try:
        async with asyncio.timeout(WITHIN):
            if chosen:
                return await _existing(visit, ExternalConversation(chosen))
            made = await _new(visit, name)
    except TimeoutError:
        return Problem(field, words.PLATFORM_SLOW)
    except CallFailed as failure:
        log.warning("a conversation could not be had: %s", failure.code)
        return Problem(field, words.PLATFORM_SLOW)
    if isinstance(made, Place):
        await _let_in(visit, made)
    return made


async def _let_in(visit: Visit, made: Place) -> None:
    """Let the guest into a new conversation, which they would have to look for otherwise."""
    platform = visit.platform
    if not isinstance(platform, SupportsInviting):
        return
    try:
        async with asyncio.timeout(INVITED_WITHIN):
            await platform.let_in(visit.known, made.conversation, visit.guest.asker.member)
    except (TimeoutError, CallFailed) as failure:
        log.warning("the guest could not be let in: %s", failure)


async def _new(visit: Visit, name: str) -> Place | Problem:
    platform = visit.platform
    if not isinstance(platform, SupportsConversations):
        return Problem("conversation", words.PLACE_CHOOSE)
    wanted = "-".join(name.casefold().lstrip("#").split())
    if not wanted:
        return Problem("conversation", words.PLACE_MISSING)
    if not _NAME.match(wanted):
        return Problem("name", words.PLACE_NAME_BAD)
    try:
        made = await platform.create_conversation(visit.known, wanted)
    except Refused as refused:
        if "taken" in refused.code:
            return Problem("name", words.PLACE_NAME_TAKEN)
        if "name" in refused.code:
            return Problem("name", words.PLACE_NAME_BAD)
        log.warning("no conversation could be made: %s", refused.code)
        return Problem("name", words.PLACE_CANT_MAKE)
    return Place(made, wanted)


async def _existing(visit: Visit, chosen: ExternalConversation) -> Place | Problem:
    platform = visit.platform
    if isinstance(platform, SupportsConversations):
        try:
            await platform.join_conversation(visit.known, chosen)
        except Refused as refused:
            if refused.trouble is Trouble.CONVERSATION_ARCHIVED or "archived" in refused.code:
                return Problem("conversation", words.PLACE_ARCHIVED)
            # Nobody can join a private one; the bot may have been invited into it.
            names = dict(await platform.conversations(visit.known))
            if chosen not in names:
                return Problem("conversation", words.PLACE_PRIVATE)
            return Place(chosen, names[chosen].lstrip("#"))
        return Place(chosen, await _name(platform, visit, chosen))
    if isinstance(platform, SupportsListing):
        names = dict(await platform.conversations(visit.known))
        if chosen not in names:
            return Problem("conversation", words.PLACE_PRIVATE)
        return Place(chosen, names[chosen].lstrip("#"))
    return Place(chosen)


async def _name(platform: SupportsListing, visit: Visit, chosen: ExternalConversation) -> str:
    """The name of a conversation, where it comes in time; an event tells it later otherwise."""
    try:
        async with asyncio.timeout(NAMES_WITHIN):
            names = dict(await platform.conversations(visit.known))
    except (TimeoutError, CallFailed):
        return ""
    return names.get(chosen, "").lstrip("#")


async def reach_people(
    visit: Visit, members: Sequence[ExternalMember]
) -> dict[ExternalMember, MemberProfile | None]:
    """Who these people are, as far as the platform tells in time; None for those it doesn't know.

    Without an answer, somebody is known by their id alone.
    """
    platform = visit.platform
    if not isinstance(platform, SupportsMembers):
        return {}
    asking = [asyncio.ensure_future(platform.member(visit.known, one)) for one in members]
    if not asking:
        return {}
    _, late = await asyncio.wait(asking, timeout=WITHIN)
    for task in late:
        task.cancel()
    known: dict[ExternalMember, MemberProfile | None] = {}
    for one, task in zip(members, asking, strict=True):
        if task in late:
            continue
        failure = task.exception()
        if failure is None:
            profile = task.result()
            known[one] = None if profile.is_app or not profile.external_id else profile
        elif isinstance(failure, Refused) and failure.trouble is None:
            known[one] = None
        elif not isinstance(failure, CallFailed):
            raise failure
    return known

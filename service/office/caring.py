"""How a workspace does, who changed what in it, and leaving."""

import asyncio
import logging
from typing import Any

from core import office_words as words
from core import trail_words
from core.claims import ClaimState, Standing
from core.failures import CallFailed
from core.places import Role
from core.ports import Answer, Choice, Destination, SupportsNotices
from core.screens import Form, Screen
from core.times import say_when
from service.membership.departing import end_workspace
from service.office.acts import PRESENT, Act, Filled, Who, lines
from service.office.home import link_line
from service.office.notices import NO_LONGER_SHARED
from service.office.reaching import WITHIN
from service.office.visit import Visit
from storage.status import late_at

log = logging.getLogger(__name__)

_TRAIL_SHOWN = 20
_HOME = (Choice(words.BUTTON_HOME, "home"),)


async def show_health(visit: Visit, argument: str) -> Screen:
    """What is late or has stopped, and what to do about it."""
    stopped = [link_line(one) for one in visit.links if one.link.trouble is not None]
    late = await late_at(visit.unit, visit.known.id, visit.now)
    told = list(stopped)
    if late:
        told.append(words.HEALTH_LATE.format(posts=words.posts(late)))
    if not told:
        told.append(words.HEALTH_GOOD)
    heard = visit.known.last_event_at
    if heard is None:
        told.append(words.HEALTH_NEVER)
    else:
        told.append(words.HEALTH_HEARD.format(when=say_when(heard, visit.now, visit.time_zone)))
    return Answer(words.HEALTH_TITLE, lines(*told), _HOME)


async def show_trail(visit: Visit, argument: str) -> Screen:
    """The last changes, with who and when."""
    entries = await visit.unit.trail.newest(visit.known.id, _TRAIL_SHOWN)
    told = [trail_words.trail_line(entry, visit.now, visit.time_zone) for entry in entries]
    return Answer(words.TRAIL_TITLE, lines(*(told or [words.TRAIL_EMPTY])), _HOME)


async def open_leave(visit: Visit, argument: str) -> Screen:
    """Say what leaving means."""
    city = visit.city.label if visit.city is not None else visit.known.name
    told = (
        text.format(city=city, count=words.channels(len(visit.links))) for text in words.LEAVE_INTRO
    )
    return Form("leave.confirm", words.LEAVE_TITLE, words.LEAVE_SUBMIT, (), lines(*told))


async def reach_notices(visit: Visit, filled: Filled) -> None:
    """Let the notices in the linked conversations say that nothing is shared any more, as far as
    the platform does so in time: afterwards we have no key to them."""
    platform = visit.platform
    if not isinstance(platform, SupportsNotices):
        return
    saying = [
        platform.rewrite(
            Destination(visit.known, one.link.conversation), one.link.notice, NO_LONGER_SHARED
        )
        for one in visit.links
        if one.link.notice is not None
    ]
    try:
        async with asyncio.timeout(WITHIN):
            outcomes = await asyncio.gather(*saying, return_exceptions=True)
    except TimeoutError:
        log.warning("not every notice could be changed in time", extra=_about(visit))
        return
    for outcome in outcomes:
        if isinstance(outcome, CallFailed):
            log.warning("a notice could not be changed: %s", outcome.code, extra=_about(visit))
        elif isinstance(outcome, BaseException):
            raise outcome


def _about(visit: Visit) -> dict[str, object]:
    return {"workspace": visit.known.id}


async def leave(visit: Visit, filled: Filled, _reached: Any) -> Screen:
    """End a workspace's part: nothing of it is linked, and nothing of ours is kept but what is a
    public record."""
    unit, own = visit.unit, visit.known.id
    for role in (Role.ADMIN, Role.MAYOR):
        await unit.grants.set_holders(own, role, (), visit.who)
    if visit.claim is not None:
        await unit.claims.decide(visit.claim.id, ClaimState.WITHDRAWN, decided_by=visit.who)
    await unit.settings.forget(own)
    await end_workspace(unit, visit.known, who=visit.who)
    await visit.note(trail_words.ACT_LEFT)
    return Answer(words.LEFT_TITLE, lines(words.LEFT))


ACTS = {
    "health.show": Act(Who.ADMIN, PRESENT, open=show_health),
    "audit.show": Act(Who.ADMIN, PRESENT | {Standing.WAITING, Standing.REFUSED}, open=show_trail),
    "leave.start": Act(Who.ADMIN, PRESENT, open=open_leave),
    "leave.confirm": Act(Who.ADMIN, PRESENT, submit=leave, reach=reach_notices),
}

"""The first run, and linking a topic later: which topics, where for each, and who is who."""

import json
from dataclasses import dataclass, replace
from typing import Any

from core import office_words as words
from core import trail_words
from core.channels import Channel, LinkMode, lane_of
from core.claims import Standing
from core.ids import ChannelId
from core.ports import Answer, Choice
from core.screens import Field, FieldKind, Form, Option, Screen
from core.text import Body
from service.office import people
from service.office.acts import TAKING_PART, Act, Filled, Who, lines, sorry
from service.office.home import name_of
from service.office.reaching import Place, Problem, can_make, reach_place
from service.office.visit import Visit
from storage.channels import Following
from storage.errors import LinkExists
from storage.links import Linked

_AT_ONCE = 8
_SUGGESTED = 3
MODES = (
    Option(LinkMode.LIVE.value, words.MODE_LIVE, words.MODE_LIVE_DETAIL),
    Option(LinkMode.DIGEST.value, words.MODE_DIGEST, words.MODE_DIGEST_DETAIL),
)


@dataclass(frozen=True, slots=True)
class Steps:
    """The topics that are still to be placed, and how many there were at first."""

    topics: tuple[ChannelId, ...]
    count: int

    def written(self) -> str:
        """As the state of a form."""
        return json.dumps({"topics": self.topics, "count": self.count})

    @property
    def number(self) -> int:
        """Which step this is, from 1."""
        return max(1, self.count - len(self.topics) + 1)

    @property
    def rest(self) -> "Steps":
        """The steps after this one."""
        return replace(self, topics=self.topics[1:])


def read_steps(state: str) -> Steps | None:
    """The steps from a form's state; None when that was not written by us."""
    try:
        given = json.loads(state)
        topics = tuple(ChannelId(int(topic)) for topic in given["topics"])
        steps = Steps(topics, int(given["count"]))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    fits = all(0 < topic < 2**53 for topic in topics)
    return steps if topics and fits and len(topics) <= steps.count <= _AT_ONCE else None


async def open_topics(visit: Visit, argument: str) -> Screen:
    """Ask for the topics; those that similar cities follow are filled in."""
    channels = await _unlinked(visit)
    if not channels:
        return sorry(words.TOPICS_NONE_LEFT)
    following = await visit.unit.channels.following(visit.city)
    best = [channel.id for channel in _ranked(channels, following)]
    first_run = visit.standing is Standing.FIRST_RUN
    chosen = [one for one in best if one in following][:_SUGGESTED] if first_run else []
    return await _topics_form(visit, tuple(str(one) for one in chosen))


async def _unlinked(visit: Visit) -> list[Channel]:
    linked = {one.channel.id for one in visit.links}
    return [channel for channel in await visit.unit.channels.list() if channel.id not in linked]


def _ranked(channels: list[Channel], following: dict[ChannelId, Following]) -> list[Channel]:
    """What cities of one's size and near by follow comes first."""

    def rank(channel: Channel) -> tuple[int, int, str]:
        known = following.get(channel.id, Following())
        return (-(2 * known.alike + known.near), -known.cities, channel.name)

    return sorted(channels, key=rank)


async def _topics_form(visit: Visit, chosen: tuple[str, ...], problem: str = "") -> Form:
    following = await visit.unit.channels.following(visit.city)
    options = tuple(
        Option(str(channel.id), channel.name, _followed(following.get(channel.id)))
        for channel in _ranked(await _unlinked(visit), following)
    )
    field = Field(
        name="topics",
        label=words.TOPICS_LABEL,
        kind=FieldKind.CHOICES,
        hint=words.TOPICS_HINT,
        options=options,
        values=chosen,
        problem=problem,
    )
    return Form("setup.topics", words.TOPICS_TITLE, words.TOPICS_SUBMIT, (field,))


def _followed(following: Following | None) -> str:
    if following is None:
        return words.TOPIC_NOBODY
    cities = words.cities(following.cities)
    if not following.alike:
        return cities
    return words.TOPIC_DETAIL.format(cities=cities, alike=f"{following.alike:,}")


async def choose_topics(visit: Visit, filled: Filled, _reached: Any) -> Screen:
    """Go on with the first of the chosen topics."""
    channels = {str(channel.id): channel for channel in await _unlinked(visit)}
    chosen = [value for value in filled.many("topics") if value in channels]
    if not channels:
        return sorry(words.TOPICS_NONE_LEFT)
    if not chosen:
        return await _topics_form(visit, (), words.TOPICS_MISSING)
    if len(chosen) > _AT_ONCE:
        problem = words.TOPICS_TOO_MANY.format(count=_AT_ONCE)
        return await _topics_form(visit, tuple(chosen), problem)
    steps = Steps(tuple(channels[value].id for value in chosen), len(chosen))
    return await _place_step(visit, steps)


async def open_place(visit: Visit, argument: str) -> Screen:
    """Ask where one topic goes, when it is to be linked by itself."""
    found = await visit.unit.channels.by_slug(argument)
    if found is None:
        return sorry(words.UNKNOWN_ACT)
    return await _place_step(visit, Steps((found.id,), 1))


async def _place_step(visit: Visit, steps: Steps) -> Screen:
    """Ask where the first of the topics goes; those that are linked meanwhile are left out."""
    linked = {one.channel.id for one in visit.links}
    while steps.topics:
        channel = await visit.unit.channels.get(steps.topics[0])
        if channel is not None and channel.id not in linked:
            return await _place_form(visit, channel, steps)
        steps = steps.rest
    return await _after_places(visit)


async def _place_form(
    visit: Visit,
    channel: Channel,
    steps: Steps,
    filled: Filled | None = None,
    problem: Problem | None = None,
) -> Form:
    told = {problem.field: problem.text} if problem is not None else {}
    chosen = filled.one("conversation") if filled is not None else ""
    name = filled.one("name") if filled is not None else f"exchange-{channel.slug}"
    mode = filled.one("mode") if filled is not None else ""
    makes = can_make(visit)
    fields = [
        Field(
            name="conversation",
            label=words.PLACE_CONVERSATION,
            kind=FieldKind.CONVERSATION,
            hint=words.PLACE_CONVERSATION_HINT if makes else words.PLACE_CONVERSATION_ONLY,
            values=(chosen,) if chosen else (),
            optional=makes,
            problem=told.get("conversation", ""),
        ),
        Field(
            name="name",
            label=words.PLACE_NAME,
            kind=FieldKind.TEXT,
            hint=words.PLACE_NAME_HINT,
            values=(name,) if name else (),
            optional=True,
            problem=told.get("name", ""),
        ),
        Field(
            name="mode",
            label=words.PLACE_MODE,
            kind=FieldKind.CHOICE,
            options=MODES,
            values=(mode if mode in _MODE_VALUES else LinkMode.LIVE.value,),
            problem=told.get("mode", ""),
        ),
    ]
    return Form(
        verb="setup.place",
        title=words.PLACE_TITLE,
        submit=words.PLACE_SUBMIT,
        fields=tuple(field for field in fields if makes or field.name != "name"),
        intro=await _place_intro(visit, channel, steps),
        state=steps.written(),
    )


async def _place_intro(visit: Visit, channel: Channel, steps: Steps) -> Body:
    following = (await visit.unit.channels.following(visit.city)).get(channel.id)
    if following is None:
        audience = words.PLACE_FIRST
    else:
        audience = words.PLACE_AUDIENCE.format(cities=words.cities(following.cities))
    step = words.PLACE_STEP.format(number=steps.number, count=steps.count)
    city = visit.city
    others = await visit.unit.links.linked(channel=channel.id, city=city.id) if city else []
    also = [
        words.PLACE_ALSO.format(city=city.label if city else "", name=name_of(one))
        for one in others
        if one.workspace.id != visit.known.id
    ]
    return lines(
        step if steps.count > 1 else "",
        words.PLACE_INTRO.format(topic=channel.name, audience=audience),
        *also[:1],
    )


async def reach(visit: Visit, filled: Filled) -> Place | Problem | None:
    """Make or join the conversation that was asked for, unless it is taken already."""
    steps = read_steps(filled.state)
    if steps is None or filled.one("mode") not in _MODE_VALUES:
        return None
    if any(one.channel.id == steps.topics[0] for one in visit.links):
        return None
    chosen = filled.one("conversation")
    if chosen:
        taken = next((one for one in visit.links if one.link.conversation == chosen), None)
        if taken is not None:
            return Problem("conversation", words.PLACE_TAKEN.format(topic=taken.channel.name))
    return await reach_place(visit, chosen, filled.one("name"))


async def place(visit: Visit, filled: Filled, reached: Any) -> Screen:
    """Link the first of the topics to the conversation that was reached, and go on."""
    steps = read_steps(filled.state)
    channel = await visit.unit.channels.get(steps.topics[0]) if steps is not None else None
    if steps is None or channel is None:
        return sorry(words.UNKNOWN_ACT)
    there = next((one for one in visit.links if one.channel.id == channel.id), None)
    if there is not None:
        return await _twice(visit, there, steps, reached)
    if not isinstance(reached, Place):
        problem = reached or Problem("mode", words.CHOOSE_ONE)
        return await _place_form(visit, channel, steps, filled, problem)
    mode = LinkMode(filled.one("mode"))
    try:
        link = await visit.unit.links.add(
            channel.id,
            visit.known.id,
            reached.conversation,
            mode,
            conversation_name=reached.name,
            notice=True,
        )
    except LinkExists:
        lane = lane_of(visit.known.platform, visit.known.tenant, reached.conversation)
        taken = await visit.unit.links.by_lane(lane)
        topic = taken.channel.name if taken is not None else ""
        problem = Problem("conversation", words.PLACE_TAKEN.format(topic=topic))
        return await _place_form(visit, channel, steps, filled, problem)
    name = f"#{reached.name}" if reached.name else words.A_CHANNEL
    told = trail_words.ACT_LINKED.format(topic=channel.name, name=name, mode=mode.value)
    await visit.note(told, f"link {link.id}", channel=channel.slug, mode=mode.value)
    links = tuple(await visit.unit.links.linked(workspace=visit.known.id))
    return await _place_step(replace(visit, links=links), steps.rest)


async def _twice(visit: Visit, there: Linked, steps: Steps, reached: Any) -> Screen:
    """A topic is linked by now: say so, or go on when it was the same click again."""
    if isinstance(reached, Place) or len(steps.topics) > 1:
        return await _place_step(visit, steps.rest)
    text = words.PLACE_TWICE.format(topic=there.channel.name, name=name_of(there))
    return sorry(text)


async def _after_places(visit: Visit) -> Screen:
    if visit.settings.set_up_at is None:
        return await people.last_step(visit)
    return done(visit)


def done(visit: Visit) -> Answer:
    """What is linked, and what comes next."""
    names = [f"{one.channel.name} ({name_of(one)})" for one in visit.links]
    text = words.DONE.format(names=words.listed(names)) if names else words.DONE_NONE
    return Answer(words.DONE_TITLE, lines(text), (Choice(words.BUTTON_HOME, "home"),))


async def finish(visit: Visit, filled: Filled, reached: Any) -> Screen:
    """Keep who is who and when the digest comes; the first run is over."""
    refused = await people.keep_all(visit, filled, reached)
    if refused is not None:
        return refused
    await visit.unit.settings.set_up_done(visit.known.id)
    return done(visit)


_MODE_VALUES = frozenset(option.value for option in MODES)

ACTS = {
    "setup.topics": Act(Who.ADMIN, TAKING_PART, open=open_topics, submit=choose_topics),
    "setup.place": Act(Who.ADMIN, TAKING_PART, open=open_place, submit=place, reach=reach),
    "setup.people": Act(
        Who.ADMIN, TAKING_PART, open=people.open_last_step, submit=finish, reach=people.reach
    ),
}

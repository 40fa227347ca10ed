"""The home page: where a workspace stands, and what the guest may do about it."""

from core import office_words as words
from core.channels import Link, LinkMode, Outgoing
from core.claims import Claim, Standing
from core.ports import Answer, Choice
from core.screens import Home, Section
from core.times import say_when
from core.words import BUTTON_HELP, BUTTON_STATUS, BUTTON_WHO, Request, what_to_do
from service.office.acts import lines
from service.office.claiming import sentence
from service.office.visit import Visit
from storage.links import Linked

_LINKS_SHOWN = 12

ASK = Section(
    words.HEADING_ASK,
    choices=(
        Choice(BUTTON_WHO, Request.WHO_HAS_GOT_IT),
        Choice(BUTTON_STATUS, Request.STATUS),
        Choice(BUTTON_HELP, Request.HELP),
    ),
)


async def home(visit: Visit) -> Home:
    """The home page of a guest."""
    if visit.standing is Standing.UNKNOWN:
        return Home(words.HOME_TITLE, (Section(words.HEADING_WELCOME, lines(words.UNKNOWN)),))
    match visit.standing:
        case Standing.RUNNING:
            sections = await _running(visit)
        case Standing.OPERATOR:
            sections = await _operator(visit)
        case _:
            sections = (await _on_the_way(visit),)
    return Home(words.HOME_TITLE, (*sections, ASK))


def as_answer(page: Home) -> Answer:
    """The home page as an answer, where somebody asks for it in words."""
    body = tuple(block for section in page.sections for block in section.body)
    choices = tuple(choice for section in page.sections for choice in section.choices)
    return Answer(page.title, body, choices)


async def ask_admins(visit: Visit) -> str:
    """Whom a guest may ask to change something."""
    if visit.workspace is None:
        return words.ASK_ADMINS
    known = [member.name for member in await visit.unit.members.admins(visit.workspace.id)]
    for grant in visit.grants:
        member = await visit.unit.members.find(visit.workspace.id, grant.member)
        known += [member.name] if member is not None else []
    names = list(dict.fromkeys(name for name in known if name))
    return words.ADMINS_ARE.format(names=words.listed(names)) if names else words.ASK_ADMINS


async def _on_the_way(visit: Visit) -> Section:
    choices: tuple[Choice, ...] = ()
    match visit.standing:
        case Standing.WAITING:
            text = await _about(visit, words.WAITING)
            choices = (Choice(words.BUTTON_WITHDRAW, "claim.withdraw"),)
        case Standing.REFUSED:
            text = await _about(visit, words.REFUSED)
        case Standing.FIRST_RUN:
            text = words.FIRST_RUN.format(city=visit.city.label if visit.city else "")
            choices = (Choice(words.BUTTON_SET_UP, "setup.topics"),)
        case Standing.PAUSED:
            text = words.PAUSED
            choices = (Choice(words.BUTTON_LEAVE, "leave.start"),)
        case _:
            text = words.UNCLAIMED
            choices = (Choice(words.BUTTON_CLAIM, "claim.city"),)
    if not visit.may_administer:
        return Section(words.HEADING_CITY, lines(text, await ask_admins(visit)))
    return Section(words.HEADING_CITY, lines(text), choices)


async def _about(visit: Visit, text: str) -> str:
    claim: Claim | None = visit.claim
    if claim is None:
        return ""
    city = await visit.unit.cities.get(claim.city)
    return text.format(
        name=claim.name or words.SOMEBODY,
        city=city.label if city is not None else "",
        when=say_when(claim.created_at, visit.now, city.time_zone if city else "UTC"),
        reason=sentence(claim.reason),
    )


async def _running(visit: Visit) -> tuple[Section, ...]:
    city = words.RUNNING.format(city=visit.city.label if visit.city else visit.known.name)
    shown = visit.links[:_LINKS_SHOWN]
    told = [link_line(linked) for linked in shown] or [words.NO_LINKS]
    if not visit.may_administer:
        return (
            Section(words.HEADING_CITY, lines(city, await ask_admins(visit))),
            Section(words.HEADING_LINKS, lines(*told)),
        )
    if len(visit.links) > len(shown):
        told.append(words.MORE_LINKS.format(count=len(visit.links) - len(shown)))
    changes = tuple(change_choice(linked) for linked in shown)
    every = (Choice(words.BUTTON_LINKS, "links.all"),) if len(visit.links) > len(shown) else ()
    return (
        Section(words.HEADING_CITY, lines(city)),
        Section(
            words.HEADING_LINKS,
            lines(*told),
            (Choice(words.BUTTON_LINK, "setup.topics"), *changes, *every),
        ),
        Section(
            words.HEADING_PEOPLE,
            choices=(
                Choice(words.BUTTON_ROLES, "roles.edit"),
                Choice(words.BUTTON_DIGEST, "digest.edit"),
                Choice(words.BUTTON_HEALTH, "health.show"),
                Choice(words.BUTTON_TRAIL, "audit.show"),
                Choice(words.BUTTON_LEAVE, "leave.start"),
            ),
        ),
    )


def change_choice(linked: Linked) -> Choice:
    """The button that changes a link."""
    label = words.BUTTON_CHANGE.format(topic=linked.channel.name)
    return Choice(label, f"links.show:{linked.link.id}")


def name_of(linked: Linked) -> str:
    """What people call a linked conversation."""
    name = linked.link.conversation_name
    return f"#{name}" if name else words.A_CHANNEL


def link_line(linked: Linked) -> str:
    """A link in one line: topic, place, and how it goes."""
    trouble = linked.link.trouble
    if trouble is not None:
        remedy = what_to_do(trouble, linked.workspace.platform)
        state = words.STATE_TROUBLED.format(remedy=remedy)
    else:
        state = state_of(linked.link) + "."
    return words.LINK_LINE.format(topic=linked.channel.name, name=name_of(linked), state=state)


def state_of(link: Link) -> str:
    """How a link goes while it works."""
    if link.mode is LinkMode.LIVE and link.outgoing is Outgoing.CHOSEN:
        return words.STATE_CHOSEN
    return STATES[link.mode]


STATES = {
    LinkMode.LIVE: words.STATE_LIVE,
    LinkMode.DIGEST: words.STATE_DIGEST,
    LinkMode.PAUSED: words.STATE_PAUSED,
}


async def _operator(visit: Visit) -> tuple[Section, ...]:
    text = words.OPERATOR if visit.is_operators else words.OPERATOR_NOWHERE
    here = Section(words.HEADING_CITY, lines(text))
    if not visit.may_decide:
        return (here,)
    waiting = (await visit.unit.claims.waiting())[:_LINKS_SHOWN]
    choices = []
    for claim in waiting:
        city = await visit.unit.cities.get(claim.city)
        label = words.BUTTON_LOOK.format(city=city.label if city is not None else claim.city)
        choices.append(Choice(label, f"claim.look:{claim.id}"))
    told = lines() if waiting else lines(words.NO_CLAIMS)
    return (here, Section(words.HEADING_CLAIMS, told, tuple(choices)))

"""Who is mayor, who else may administer, and when the digest comes."""

from collections.abc import Mapping, Sequence
from typing import Any

from core import office_words as words
from core import trail_words
from core.ids import ExternalMember
from core.places import MemberProfile, Role
from core.ports import Answer, Choice
from core.screens import Field, FieldKind, Form, Option, Screen
from service.office.acts import TAKING_PART, Act, Filled, Who, lines
from service.office.reaching import reach_people
from service.office.visit import Visit

_MOST_ADMINS = 20
_HOURS = range(6, 20)
Profiles = Mapping[ExternalMember, MemberProfile | None]


def _chosen(filled: Filled, name: str) -> list[ExternalMember]:
    return [ExternalMember(value) for value in filled.many(name)]


async def _holders(visit: Visit, role: Role) -> list[ExternalMember]:
    """Who was given a role; a mayor may also have been named by the operator."""
    given = [grant.member for grant in visit.grants if grant.role is role]
    if role is Role.MAYOR and not given:
        named = await visit.unit.members.holding(visit.known.id, role)
        given = [member.external_id for member in named]
    return given


async def _people_fields(
    visit: Visit, filled: Filled | None = None, told: Mapping[str, str] | None = None
) -> tuple[Field, ...]:
    problems = told or {}
    if filled is None:
        mayor = (await _holders(visit, Role.MAYOR))[:1]
        admins = await _holders(visit, Role.ADMIN)
    else:
        mayor, admins = _chosen(filled, "mayor")[:1], _chosen(filled, "admins")[:_MOST_ADMINS]
    return (
        Field(
            name="mayor",
            label=words.MAYOR,
            kind=FieldKind.PERSON,
            hint=words.MAYOR_HINT,
            values=tuple(mayor),
            optional=True,
            problem=problems.get("mayor", ""),
        ),
        Field(
            name="admins",
            label=words.ADMINS,
            kind=FieldKind.PEOPLE,
            hint=words.ADMINS_HINT,
            values=tuple(admins),
            optional=True,
            problem=problems.get("admins", ""),
        ),
    )


def _digest_fields(
    visit: Visit, filled: Filled | None = None, told: Mapping[str, str] | None = None
) -> tuple[Field, ...]:
    problems = told or {}
    day, hour = str(visit.settings.digest_weekday), str(visit.settings.digest_hour)
    if filled is not None:
        day, hour = filled.one("day") or day, filled.one("hour") or hour
    return (
        Field(
            name="day",
            label=words.DIGEST_DAY,
            kind=FieldKind.CHOICE,
            options=tuple(Option(str(at), name) for at, name in enumerate(words.WEEKDAYS)),
            values=(day,) if not problems.get("day") else (),
            problem=problems.get("day", ""),
        ),
        Field(
            name="hour",
            label=words.DIGEST_HOUR,
            kind=FieldKind.CHOICE,
            hint=words.DIGEST_HOUR_HINT.format(zone=visit.time_zone.replace("_", " ")),
            options=tuple(Option(str(at), words.hour(at)) for at in _HOURS),
            values=(hour,) if not problems.get("hour") else (),
            problem=problems.get("hour", ""),
        ),
    )


async def last_step(
    visit: Visit, filled: Filled | None = None, told: Mapping[str, str] | None = None
) -> Form:
    """The last step of the first run: the digest's time, the mayor, and who may administer."""
    fields = (*_digest_fields(visit, filled, told), *await _people_fields(visit, filled, told))
    intro = lines(words.PEOPLE_INTRO)
    return Form("setup.people", words.PEOPLE_TITLE, words.PEOPLE_SUBMIT, fields, intro)


async def open_last_step(visit: Visit, argument: str) -> Screen:
    """Open the last step by itself."""
    return await last_step(visit)


async def open_roles(visit: Visit, argument: str) -> Screen:
    """Ask who is who."""
    return await _roles_form(visit)


async def _roles_form(
    visit: Visit, filled: Filled | None = None, told: Mapping[str, str] | None = None
) -> Form:
    fields = await _people_fields(visit, filled, told)
    return Form("roles.edit", words.ROLES_TITLE, words.SAVE, fields)


async def open_digest(visit: Visit, argument: str) -> Screen:
    """Ask when the digest comes."""
    return Form("digest.edit", words.DIGEST_TITLE, words.SAVE, _digest_fields(visit))


async def reach(visit: Visit, filled: Filled) -> Profiles:
    """Look up those who were chosen and are new."""
    known = {grant.member for grant in visit.grants}
    wanted = [*_chosen(filled, "mayor")[:1], *_chosen(filled, "admins")[:_MOST_ADMINS]]
    return await reach_people(visit, [one for one in dict.fromkeys(wanted) if one not in known])


def _people_problems(filled: Filled, reached: Profiles) -> dict[str, str]:
    told: dict[str, str] = {}
    mayor, admins = _chosen(filled, "mayor"), _chosen(filled, "admins")
    if len(mayor) > 1:
        told["mayor"] = words.ONE_MAYOR
    elif any(one in reached and reached[one] is None for one in mayor):
        told["mayor"] = words.NO_PERSON
    if len(admins) > _MOST_ADMINS:
        told["admins"] = words.TOO_MANY_ADMINS.format(count=_MOST_ADMINS)
    elif any(one in reached and reached[one] is None for one in admins):
        told["admins"] = words.NO_PERSON
    return told


def _digest_problems(filled: Filled) -> dict[str, str]:
    told: dict[str, str] = {}
    if filled.one("day") not in {str(day) for day in range(7)}:
        told["day"] = words.CHOOSE_ONE
    if filled.one("hour") not in {str(hour) for hour in _HOURS}:
        told["hour"] = words.CHOOSE_ONE
    return told


async def keep_all(visit: Visit, filled: Filled, reached: Any) -> Form | None:
    """Keep everything of the last step; the form again when something is wrong in it."""
    told = _digest_problems(filled) | _people_problems(filled, reached)
    if told:
        return await last_step(visit, filled, told)
    await _keep_digest(visit, filled)
    await _keep_people(visit, filled, reached)
    return None


async def keep_roles(visit: Visit, filled: Filled, reached: Any) -> Screen:
    """Keep who is who."""
    told = _people_problems(filled, reached)
    if told:
        return await _roles_form(visit, filled, told)
    await _keep_people(visit, filled, reached)
    return saved()


async def keep_digest(visit: Visit, filled: Filled, _reached: Any) -> Screen:
    """Keep when the digest comes."""
    told = _digest_problems(filled)
    if told:
        fields = _digest_fields(visit, filled, told)
        return Form("digest.edit", words.DIGEST_TITLE, words.SAVE, fields)
    await _keep_digest(visit, filled)
    return saved()


def saved(text: str = words.SAVED, *choices: Choice) -> Answer:
    """Say that something is kept, with the way back home."""
    return Answer(words.SAVED_TITLE, lines(text), (*choices, Choice(words.BUTTON_HOME, "home")))


async def _keep_digest(visit: Visit, filled: Filled) -> None:
    day, hour = int(filled.one("day")), int(filled.one("hour"))
    settings = visit.settings
    if (settings.digest_weekday, settings.digest_hour) == (day, hour):
        return
    await visit.unit.settings.set_digest(visit.known.id, day, hour)
    await visit.note(trail_words.ACT_DIGEST.format(day=words.WEEKDAYS[day], hour=words.hour(hour)))


async def _keep_people(visit: Visit, filled: Filled, reached: Profiles) -> None:
    mayors = await _set_holders(visit, Role.MAYOR, _chosen(filled, "mayor"))
    admins = await _set_holders(visit, Role.ADMIN, _chosen(filled, "admins"))
    names = {}
    for one in {*mayors[0], *mayors[1], *admins[0], *admins[1]}:
        names[one] = await _give_role(visit, one, reached.get(one))
    for act, people in (
        (trail_words.ACT_MAYOR, mayors[0]),
        (trail_words.ACT_NO_MAYOR, mayors[1]),
        (trail_words.ACT_ADMIN, admins[0]),
        (trail_words.ACT_NO_ADMIN, admins[1]),
    ):
        for one in people:
            await visit.note(act.format(name=names[one]), f"member {one}")


async def _set_holders(
    visit: Visit, role: Role, wanted: Sequence[ExternalMember]
) -> tuple[list[ExternalMember], list[ExternalMember]]:
    before = await _holders(visit, role)
    new, gone = await visit.unit.grants.set_holders(visit.known.id, role, wanted, visit.who)
    # A mayor whom the operator had named has no grant, and goes as well.
    also = [one for one in before if one not in wanted and one not in gone]
    return [one for one in new if one not in before], [*gone, *also]


async def _give_role(visit: Visit, who: ExternalMember, profile: MemberProfile | None) -> str:
    """Let somebody speak with the highest role they were given; answers their name."""
    members = visit.unit.members
    member = await members.find(visit.known.id, who)
    if member is None or (profile is not None and profile.name):
        known = profile or MemberProfile(external_id=who, name="")
        at = visit.now if profile is not None else None
        member = await members.put(visit.known.id, known, at)
    grants = await visit.unit.grants.of(visit.known.id)
    held = {grant.role for grant in grants if grant.member == who}
    role = next((one for one in (Role.MAYOR, Role.MODERATOR, Role.ADMIN) if one in held), None)
    if role is not None or member.role in (Role.MAYOR, Role.ADMIN):
        await members.set_role(member.id, role or Role.STAFF)
    return member.name or who


ACTS = {
    "roles.edit": Act(Who.ADMIN, TAKING_PART, open=open_roles, submit=keep_roles, reach=reach),
    "digest.edit": Act(Who.ADMIN, TAKING_PART, open=open_digest, submit=keep_digest),
}

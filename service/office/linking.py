"""What can be done about a link later: change, pause, go on, unlink, link again."""

from collections.abc import Mapping
from typing import Any

from core import office_words as words
from core import trail_words
from core.channels import LinkMode, Outgoing
from core.ids import LinkId
from core.ports import Answer, Choice
from core.screens import Field, FieldKind, Form, Option, Screen
from service.office.acts import TAKING_PART, Act, Filled, Who, lines, number, sorry
from service.office.home import STATES, change_choice, link_line, name_of
from service.office.people import saved
from service.office.setting_up import MODES
from service.office.visit import Visit
from storage.errors import LinkExists
from storage.links import Linked

_MOST_SHOWN = 24
_MODES = (*MODES, Option(LinkMode.PAUSED.value, words.MODE_PAUSED, words.MODE_PAUSED_DETAIL))
_OUTGOING = (
    Option(Outgoing.EVERYTHING.value, words.OUTGOING_ALL, words.OUTGOING_ALL_DETAIL),
    Option(Outgoing.CHOSEN.value, words.OUTGOING_CHOSEN, words.OUTGOING_CHOSEN_DETAIL),
)
_APPS = (Option("off", words.APPS_OFF), Option("on", words.APPS_ON))


def _own(visit: Visit, argument: str) -> Linked | None:
    """The link of this workspace with this number."""
    wanted = number(argument)
    return next((one for one in visit.links if one.link.id == wanted), None)


async def show_all(visit: Visit, argument: str) -> Screen:
    """Every link, each with its button."""
    shown = visit.links[:_MOST_SHOWN]
    told = [link_line(linked) for linked in shown] or [words.NO_LINKS]
    return Answer(
        words.HEADING_LINKS, lines(*told), tuple(change_choice(linked) for linked in shown)
    )


async def show(visit: Visit, argument: str) -> Screen:
    """One link, with what can be done about it."""
    linked = _own(visit, argument)
    if linked is None:
        return sorry(words.LINK_GONE)
    own = linked.link.id
    paused = linked.link.mode is LinkMode.PAUSED
    choices = (
        Choice(words.LINK_TITLE, f"links.edit:{own}"),
        Choice(words.BUTTON_RESUME, f"links.resume:{own}")
        if paused
        else Choice(words.BUTTON_PAUSE, f"links.pause:{own}"),
        Choice(words.BUTTON_UNLINK, f"links.remove:{own}"),
        Choice(words.BUTTON_HOME, "home"),
    )
    return Answer(linked.channel.name, lines(link_line(linked)), choices)


async def open_edit(visit: Visit, argument: str) -> Screen:
    """Ask how much of a topic is wanted, and what goes out."""
    linked = _own(visit, argument)
    return _edit_form(linked, _as_it_is(linked)) if linked is not None else sorry(words.LINK_GONE)


def _as_it_is(linked: Linked) -> dict[str, str]:
    link = linked.link
    return {
        "mode": link.mode.value,
        "outgoing": link.outgoing.value,
        "apps": "on" if link.apps_posts else "off",
    }


_QUESTIONS = {
    "mode": (words.PLACE_MODE, "", _MODES),
    "outgoing": (words.LINK_OUTGOING, "", _OUTGOING),
    "apps": (words.LINK_APPS, words.LINK_APPS_HINT, _APPS),
}


def _knows(name: str, value: str) -> bool:
    return value in {option.value for option in _QUESTIONS[name][2]}


def _edit_form(linked: Linked, values: Mapping[str, str]) -> Form:
    fields = tuple(
        Field(
            name=name,
            label=label,
            kind=FieldKind.CHOICE,
            hint=hint,
            options=options,
            values=(values[name],) if _knows(name, values[name]) else (),
            problem="" if _knows(name, values[name]) else words.CHOOSE_ONE,
        )
        for name, (label, hint, options) in _QUESTIONS.items()
    )
    told = lines(_said(words.LINK_INTRO, linked))
    return Form(f"links.edit:{linked.link.id}", words.LINK_TITLE, words.SAVE, fields, told)


async def edit(visit: Visit, filled: Filled, _reached: Any) -> Screen:
    """Keep how much is wanted, and what goes out. What was not filled in stays as it is."""
    linked = _own(visit, filled.argument)
    if linked is None:
        return sorry(words.LINK_GONE)
    before = _as_it_is(linked)
    chosen = {name: filled.one(name) or value for name, value in before.items()}
    if not all(_knows(name, value) for name, value in chosen.items()):
        return _edit_form(linked, chosen)
    links, own = visit.unit.links, linked.link.id
    if chosen["mode"] != before["mode"]:
        await links.set_mode(own, LinkMode(chosen["mode"]))
    if chosen["outgoing"] != before["outgoing"]:
        await links.set_outgoing(own, Outgoing(chosen["outgoing"]))
    if chosen["apps"] != before["apps"]:
        await links.set_apps_posts(own, chosen["apps"] == "on")
    said = {
        "topic": linked.channel.name,
        "name": name_of(linked),
        "mode": STATES[LinkMode(chosen["mode"])],
        "outgoing": _label("outgoing", chosen["outgoing"]),
        "apps": _label("apps", chosen["apps"]),
    }
    if chosen != before:
        await _note(visit, linked, trail_words.ACT_CHANGED.format(**said))
    return saved(words.LINK_SAVED.format(**said))


def _label(name: str, value: str) -> str:
    labels = (option.label for option in _QUESTIONS[name][2] if option.value == value)
    return next(labels).lower()


async def pause(visit: Visit, argument: str) -> Screen:
    """Stop a link for a while."""
    linked = _own(visit, argument)
    if linked is None:
        return sorry(words.LINK_GONE)
    await visit.unit.links.set_mode(linked.link.id, LinkMode.PAUSED)
    await _note(visit, linked, _said(trail_words.ACT_PAUSED, linked))
    undo = Choice(words.BUTTON_UNDO, f"links.resume:{linked.link.id}")
    return saved(_said(words.LINK_PAUSED, linked), undo)


async def resume(visit: Visit, argument: str) -> Screen:
    """Let a paused link go on, live."""
    linked = _own(visit, argument)
    if linked is None:
        return sorry(words.LINK_GONE)
    if linked.link.mode is LinkMode.PAUSED:
        await visit.unit.links.set_mode(linked.link.id, LinkMode.LIVE)
        await _note(visit, linked, _said(trail_words.ACT_RESUMED, linked))
    undo = Choice(words.BUTTON_UNDO, f"links.pause:{linked.link.id}")
    return saved(_said(words.LINK_RESUMED, linked), undo)


async def open_remove(visit: Visit, argument: str) -> Screen:
    """Say what unlinking means."""
    linked = _own(visit, argument)
    if linked is None:
        return sorry(words.LINK_GONE)
    return Form(
        verb=f"links.remove:{linked.link.id}",
        title=words.UNLINK_TITLE,
        submit=words.UNLINK_SUBMIT,
        fields=(),
        intro=lines(_said(words.UNLINK_INTRO, linked)),
    )


async def remove(visit: Visit, filled: Filled, _reached: Any) -> Screen:
    """Unlink a topic."""
    linked = _own(visit, filled.argument)
    if linked is None:
        return sorry(words.LINK_GONE)
    await visit.unit.links.remove(linked.link.id)
    await _note(visit, linked, _said(trail_words.ACT_UNLINKED, linked))
    undo = Choice(words.BUTTON_UNDO, f"links.restore:{linked.link.id}")
    return saved(_said(words.UNLINKED, linked), undo)


async def restore(visit: Visit, argument: str) -> Screen:
    """Link again what was unlinked, where nothing else has taken its place."""
    wanted = number(argument)
    link = await visit.unit.links.get(LinkId(wanted)) if wanted is not None else None
    if link is None or link.workspace != visit.known.id:
        return sorry(words.LINK_GONE)
    there = next((one for one in visit.links if one.channel.id == link.channel), None)
    if there is not None:
        if there.link.id == link.id:
            return saved(_said(words.RELINKED, there))
        return sorry(words.PLACE_TWICE.format(topic=there.channel.name, name=name_of(there)))
    try:
        await visit.unit.links.add(
            link.channel,
            link.workspace,
            link.conversation,
            link.mode,
            outgoing=link.outgoing,
            apps_posts=link.apps_posts,
            conversation_name=link.conversation_name,
            notice=True,
        )
    except LinkExists:
        return sorry(words.LINK_STILL_TAKEN)
    linked = await visit.unit.links.by_id(link.id)
    if linked is None:
        return sorry(words.LINK_GONE)
    await _note(visit, linked, _said(trail_words.ACT_RELINKED, linked))
    return saved(_said(words.RELINKED, linked))


def _said(text: str, linked: Linked) -> str:
    return text.format(topic=linked.channel.name, name=name_of(linked))


async def _note(visit: Visit, linked: Linked, act: str) -> None:
    await visit.note(act, f"link {linked.link.id}", channel=linked.channel.slug)


ACTS = {
    "links.all": Act(Who.ADMIN, TAKING_PART, open=show_all),
    "links.show": Act(Who.ADMIN, TAKING_PART, open=show),
    "links.edit": Act(Who.ADMIN, TAKING_PART, open=open_edit, submit=edit),
    "links.pause": Act(Who.ADMIN, TAKING_PART, open=pause, changes=True),
    "links.resume": Act(Who.ADMIN, TAKING_PART, open=resume, changes=True),
    "links.remove": Act(Who.ADMIN, TAKING_PART, open=open_remove, submit=remove),
    "links.restore": Act(Who.ADMIN, TAKING_PART, open=restore, changes=True),
}

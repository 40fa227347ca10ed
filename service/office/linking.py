"""What can be done about a link later: change, pause, go on, unlink, link again."""

from typing import Any

from core import office_words as words
from core.channels import LinkMode
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
    """Ask how much of a topic is wanted, and whether other apps' posts go out."""
    linked = _own(visit, argument)
    if linked is None:
        return sorry(words.LINK_GONE)
    apps = "on" if linked.link.apps_posts else "off"
    return _edit_form(linked, linked.link.mode.value, apps)


def _edit_form(linked: Linked, mode: str, apps: str) -> Form:
    modes = {option.value for option in _MODES}
    known = mode in modes, apps in ("on", "off")
    fields = (
        Field(
            name="mode",
            label=words.PLACE_MODE,
            kind=FieldKind.CHOICE,
            options=_MODES,
            values=(mode,) if known[0] else (),
            problem="" if known[0] else words.CHOOSE_ONE,
        ),
        Field(
            name="apps",
            label=words.LINK_APPS,
            kind=FieldKind.CHOICE,
            hint=words.LINK_APPS_HINT,
            options=_APPS,
            values=(apps,) if known[1] else (),
            problem="" if known[1] else words.CHOOSE_ONE,
        ),
    )
    told = words.LINK_INTRO.format(topic=linked.channel.name, name=name_of(linked))
    return Form(f"links.edit:{linked.link.id}", words.LINK_TITLE, words.SAVE, fields, lines(told))


async def edit(visit: Visit, filled: Filled, _reached: Any) -> Screen:
    """Keep how much is wanted, and whether other apps' posts go out."""
    linked = _own(visit, filled.argument)
    if linked is None:
        return sorry(words.LINK_GONE)
    chosen, apps = filled.one("mode"), filled.one("apps")
    if chosen not in {option.value for option in _MODES} or apps not in ("on", "off"):
        return _edit_form(linked, chosen, apps)
    mode = LinkMode(chosen)
    if mode is not linked.link.mode:
        await visit.unit.links.set_mode(linked.link.id, mode)
    if (apps == "on") is not linked.link.apps_posts:
        await visit.unit.links.set_apps_posts(linked.link.id, apps == "on")
    said = {
        "topic": linked.channel.name,
        "name": name_of(linked),
        "mode": STATES[mode],
        "apps": (words.APPS_ON if apps == "on" else words.APPS_OFF).lower(),
    }
    await _note(visit, linked, words.ACT_CHANGED.format(**said))
    return saved(words.LINK_SAVED.format(**said))


async def pause(visit: Visit, argument: str) -> Screen:
    """Stop a link for a while."""
    linked = _own(visit, argument)
    if linked is None:
        return sorry(words.LINK_GONE)
    await visit.unit.links.set_mode(linked.link.id, LinkMode.PAUSED)
    await _note(visit, linked, _said(words.ACT_PAUSED, linked))
    undo = Choice(words.BUTTON_UNDO, f"links.resume:{linked.link.id}")
    return saved(_said(words.LINK_PAUSED, linked), undo)


async def resume(visit: Visit, argument: str) -> Screen:
    """Let a paused link go on, live."""
    linked = _own(visit, argument)
    if linked is None:
        return sorry(words.LINK_GONE)
    if linked.link.mode is LinkMode.PAUSED:
        await visit.unit.links.set_mode(linked.link.id, LinkMode.LIVE)
        await _note(visit, linked, _said(words.ACT_RESUMED, linked))
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
    await _note(visit, linked, _said(words.ACT_UNLINKED, linked))
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
    await _note(visit, linked, _said(words.ACT_RELINKED, linked))
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

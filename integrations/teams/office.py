"""The office in Teams: its page, its dialogs, what people fill in, and what they get as they type.

The page is a card in the personal chat; whatever its buttons open is a dialog. Teams waits some
seconds for a dialog, longer than the office takes.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from core import joining_words, screen_words
from core.failures import CallFailed
from core.ids import WorkspaceId
from core.places import Workspace, WorkspaceState
from core.ports import Answer, Asker, Choice
from core.screens import Form, Guest, Home, Office, Option, Screen, Section
from core.text import paragraph
from core.words import NAME
from integrations.teams.cards import answer_card
from integrations.teams.clock import Clock
from integrations.teams.guests import Guests
from integrations.teams.hearing import Hearing
from integrations.teams.inputs import CONVERSATIONS, PEOPLE, choice_of, data_set_of
from integrations.teams.limits import LIMITS
from integrations.teams.platform import TeamsPlatform
from integrations.teams.screens import (
    Element,
    Sent,
    answer_dialog,
    asked_in,
    dialog,
    form_card,
    home_card,
    sent_in,
)

logger = logging.getLogger(__name__)

HOME = "home"

BROKEN = Answer(screen_words.BROKEN_TITLE, paragraph(screen_words.BROKEN))
NOT_ANSWERED = Answer(
    screen_words.NOT_ANSWERED_TITLE.format(platform="Teams"), paragraph(screen_words.NOT_ANSWERED)
)
ADD_TO_TEAM = Answer(
    joining_words.ADD_TO_TEAM_TITLE, paragraph(joining_words.ADD_TO_TEAM.format(app=NAME))
)
Shown = Screen | Home
_Told = TypeVar("_Told")


@dataclass(frozen=True, slots=True)
class Visit:
    """Someone at the office's door: who, for which workspace, and what Teams calls them."""

    workspace: Workspace
    asker: Asker
    name: str = ""


def nowhere(asker: Asker, api_url: str) -> Workspace:
    """What stands for the workspace of somebody whose organization has none with us."""
    return Workspace(
        id=WorkspaceId(0),
        platform=asker.platform,
        external_id=asker.workspace,
        tenant=asker.tenant,
        name="",
        city=None,
        state=WorkspaceState.PENDING,
        api_url=api_url,
    )


class TeamsOffice:
    """Shows people what the office says, and takes back to it what they answer."""

    def __init__(self, office: Office, platform: TeamsPlatform, clock: Clock) -> None:
        self._office = office
        self._platform = platform
        self._guests = Guests(platform, clock)
        self.hearing = Hearing()

    async def say(self, visit: Visit, verb: str) -> None:
        """Answer words, or a button that came as a message, in the personal chat."""
        shown = await self._shown(visit, verb)
        workspace, asker = visit.workspace, visit.asker
        try:
            if isinstance(shown, Home):
                card = home_card(shown, workspace.external_id)
                await self._platform.show(workspace, asker, card, shown.title)
            elif isinstance(shown, Form):
                opens = Choice(shown.title or screen_words.OPEN, verb)
                answer = Answer(shown.title, shown.intro, (opens,))
                await self._platform.answer(workspace, asker, answer)
            else:
                await self._platform.answer(workspace, asker, shown)
        except CallFailed as error:
            logger.warning("An answer could not be shown: %s", error.code)

    async def send_to_a_team(self, asker: Asker, api_url: str) -> None:
        """Tell somebody that the app is in none of their teams."""
        try:
            await self._platform.answer(nowhere(asker, api_url), asker, ADD_TO_TEAM)
        except CallFailed as error:
            logger.warning("Somebody could not be told where to add the app: %s", error.code)

    async def card(self, visit: Visit, verb: str) -> Element:
        """What a button opens, where the answer takes the place of the card."""
        shown = await self._shown(visit, verb)
        workspace = visit.workspace.external_id
        if isinstance(shown, Home):
            return home_card(shown, workspace)
        if isinstance(shown, Form):
            opens = Choice(shown.title or screen_words.OPEN, verb)
            return answer_card(Answer(shown.title, shown.intro, (opens,)), workspace)
        return answer_card(shown, workspace)

    async def open(self, visit: Visit, verb: str) -> Element:
        """The dialog that a button opens."""
        return await self._dialog(visit, await self._shown(visit, verb))

    async def submit(self, visit: Visit, data: Mapping[str, Any]) -> Element:
        """The dialog that follows a form."""
        sent = sent_in(data)
        shown = await self._screen(visit, lambda guest: self._submit(guest, sent))
        return await self._dialog(visit, shown)

    async def search(self, visit: Visit, data_set: str, typed: str) -> Element:
        """What to choose from, while somebody types."""
        asked = asked_in(data_set)
        found: Sequence[Option] = ()
        try:
            if asked.field in (PEOPLE, CONVERSATIONS):
                listed = (await self._lists(visit.workspace, {asked.field})).get(asked.field, ())
                found = _matching(listed, typed)
            else:
                guest = await self._guest(visit)
                found = await self._office.suggest(guest, asked.verb, asked.field, typed)
        except CallFailed as error:
            logger.warning("Nothing could be suggested: %s", error.code)
        except Exception:  # whatever broke, a person types and waits for a list
            logger.exception("The office could not suggest anything")
        results = [choice_of(option) for option in found[: LIMITS.found]]
        return {
            "statusCode": 200,
            "type": "application/vnd.microsoft.search.searchResponse",
            "value": {"results": results},
        }

    async def _submit(self, guest: Guest, sent: Sent) -> Screen:
        """What follows a form. Where a list did not come, look for what was typed instead."""
        screen = await self._office.submit(guest, sent.verb, sent.state, sent.values)
        missing = {name: typed for name, typed in sent.typed.items() if name not in sent.values}
        if not missing or not isinstance(screen, Form) or screen.verb != sent.verb:
            return screen
        fields = []
        for field in screen.fields:
            typed = missing.get(field.name, "")
            found = await self._office.suggest(guest, sent.verb, field.name, typed) if typed else ()
            problem = field.problem
            if typed:
                problem = "" if found else screen_words.SEARCH_NOTHING.format(typed=typed)
            fields.append(replace(field, options=found or field.options, problem=problem))
        return replace(screen, fields=tuple(fields))

    async def _shown(self, visit: Visit, verb: str) -> Shown:
        if verb != HOME:
            return await self._screen(visit, lambda guest: self._office.open(guest, verb))
        shown = await self._asked(visit, self._office.home)
        if not isinstance(shown, Home) or not self._is_deaf(visit.workspace):
            return shown
        hearing = Section(
            joining_words.HEADING_HEARING, paragraph(joining_words.HEARS_MENTIONS_ONLY)
        )
        return replace(shown, sections=(*shown.sections, hearing))

    def _is_deaf(self, workspace: Workspace) -> bool:
        confirmed = workspace.state is WorkspaceState.CONFIRMED
        return confirmed and self.hearing.mentions_only(workspace.external_id)

    async def _screen(self, visit: Visit, asking: Callable[[Guest], Awaitable[Screen]]) -> Screen:
        return await self._asked(visit, asking)

    async def _asked(
        self, visit: Visit, asking: Callable[[Guest], Awaitable[_Told]]
    ) -> _Told | Answer:
        try:
            guest = await self._guest(visit)
        except CallFailed as error:
            logger.warning("Teams did not say who asks: %s", error.code)
            return NOT_ANSWERED
        try:
            return await asking(guest)
        except Exception:  # whatever broke, a person waits for an answer
            logger.exception("The office could not answer")
            return BROKEN

    async def _guest(self, visit: Visit) -> Guest:
        return await self._guests.guest(visit.workspace, visit.asker, visit.name)

    async def _dialog(self, visit: Visit, shown: Shown) -> Element:
        workspace = visit.workspace.external_id
        if isinstance(shown, Home):
            card = home_card(shown, workspace, in_dialog=True)
            return dialog(shown.title, card, height="large")
        if isinstance(shown, Answer):
            return answer_dialog(shown, workspace)
        wanted = {data_set_of(field) for field in shown.fields} - {""}
        try:
            known = await self._lists(visit.workspace, wanted)
        except CallFailed as error:
            logger.warning("A team's lists could not be had: %s", error.code)
            return answer_dialog(NOT_ANSWERED, workspace)
        height = "large" if len(shown.fields) > 2 else "medium"
        return dialog(shown.title, form_card(shown, workspace, known), height=height)

    async def _lists(
        self, workspace: Workspace, wanted: set[str]
    ) -> Mapping[str, Sequence[Option]]:
        lists: dict[str, Sequence[Option]] = {}
        if PEOPLE in wanted:
            lists[PEOPLE] = await self._guests.people(workspace)
        if CONVERSATIONS in wanted:
            lists[CONVERSATIONS] = await self._guests.channels(workspace)
        return lists


def _matching(options: Sequence[Option], typed: str) -> list[Option]:
    """Options with a word that begins like this, whole lines that do first."""
    wanted = typed.casefold().strip()
    lines = [(f" {option.label} {option.detail}".casefold(), option) for option in options]
    found = [
        (not line.startswith(f" {wanted}"), option)
        for line, option in lines
        if f" {wanted}" in line
    ]
    return [option for _, option in sorted(found, key=lambda pair: pair[0])]

"""The office in Slack: its page, its forms, what people fill in, and what they get while they type.

Slack gives three seconds to open a dialog or to answer a form; whatever takes longer is answered
with a screen that asks for patience, and that is replaced when the real one is there.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.async_app import AsyncAck

from core import screen_words
from core.failures import CallFailed
from core.places import Workspace
from core.ports import Answer, Asker
from core.screens import Form, Guest, Office, Screen
from core.text import paragraph
from integrations.slack.answers import answer_message, home_view
from integrations.slack.askers import asker_from, asker_of
from integrations.slack.fields import Json, object_in, text_in
from integrations.slack.guests import Guests
from integrations.slack.inputs import Element, name_of_block, option_objects
from integrations.slack.limits import LIMITS
from integrations.slack.platform import SlackPlatform
from integrations.slack.screens import (
    answer_view,
    carried_in,
    form_view,
    page_view,
    problems_in,
    values_in,
    waiting_view,
)

logger = logging.getLogger(__name__)

_OPEN_WITHIN = 1.5
_SUBMIT_WITHIN = 2.0
_SUGGEST_WITHIN = 2.5
_SETTLED_AFTER = 0.5

BROKEN = Answer(screen_words.BROKEN_TITLE, paragraph(screen_words.BROKEN))
NOT_ANSWERED = Answer(
    screen_words.NOT_ANSWERED_TITLE.format(platform="Slack"),
    paragraph(screen_words.NOT_ANSWERED),
)

Asking = Callable[[Guest], Awaitable[Screen]]


@dataclass(frozen=True, slots=True)
class Visit:
    """Someone at the office's door: who, and by which way Slack lets us answer.

    `trigger` opens a dialog once, within three seconds; `view` is the dialog that is open already;
    `response_url` answers in the conversation; `at_home` means that they look at their home page.
    """

    workspace: Workspace
    asker: Asker
    name: str = ""
    trigger: str = ""
    response_url: str = ""
    view: str = ""
    at_home: bool = False


def visit_of(workspace: Workspace, body: Json) -> Visit:
    """The visit of one who pressed a button or sent a form."""
    view = object_in(body, "view")
    user = object_in(body, "user")
    is_dialog = text_in(view, "type") == "modal"
    carried = carried_in(view) if is_dialog else None
    asker = asker_of(body)
    if carried is not None and asker.conversation is None:
        asker = asker_from(
            team=asker.tenant, member=asker.member, conversation=carried.conversation
        )
    return Visit(
        workspace=workspace,
        asker=asker,
        name=text_in(user, "name") or text_in(user, "username"),
        trigger=text_in(body, "trigger_id"),
        response_url=text_in(body, "response_url"),
        view=text_in(view, "id") if is_dialog else "",
        at_home=text_in(view, "type") == "home",
    )


class SlackOffice:
    """Shows people what the office says, and takes back to it what they answer."""

    def __init__(self, office: Office, platform: SlackPlatform, guests: Guests) -> None:
        self._office = office
        self._platform = platform
        self._guests = guests

    async def open(self, visit: Visit, verb: str) -> None:
        """Show what a button or a command opens. Whatever fails is said to the person."""
        opening = asyncio.ensure_future(
            self._screen(visit, lambda guest: self._office.open(guest, verb))
        )
        await asyncio.wait({opening}, timeout=_OPEN_WITHIN)
        if not opening.done():
            visit = await self._patience(visit)
        screen = await opening
        await self.show(visit, screen)
        if isinstance(screen, Answer) and (visit.at_home or visit.view):
            await self.show_home(visit)

    async def show(self, visit: Visit, screen: Screen) -> None:
        """Show a screen: in the open dialog, in the conversation, or in a new dialog."""
        if isinstance(screen, Answer) and not visit.view and not visit.at_home:
            await self._say(visit, screen)
            return
        try:
            if visit.view:
                await self._call(
                    visit, "views.update", view_id=visit.view, view=_view(screen, visit)
                )
            else:
                await self._open_dialog(visit, _view(screen, visit))
        except CallFailed as error:
            logger.warning("A dialog could not be shown: %s", error.code)
            await self._say(visit, screen if isinstance(screen, Answer) else BROKEN)

    async def submit(self, ack: AsyncAck, visit: Visit, view: Json) -> None:
        """Answer a form: with what is wrong in it, with the next step, or with what was done."""
        carried = carried_in(view)
        values = values_in(view)
        submitting = asyncio.ensure_future(
            self._screen(
                visit,
                lambda guest: self._office.submit(guest, carried.verb, carried.state, values),
            )
        )
        await asyncio.wait({submitting}, timeout=_SUBMIT_WITHIN)
        if submitting.done():
            screen = submitting.result()
            await ack(**_after_form(screen, visit, view))
        else:
            await ack(response_action="update", view=waiting_view())
            # Our update must not overtake the answer that asks for patience.
            screen, _ = await asyncio.gather(submitting, asyncio.sleep(_SETTLED_AFTER))
            await self.show(visit, screen)
        if isinstance(screen, Answer):
            await self.show_home(visit)

    async def suggest(self, ack: AsyncAck, visit: Visit, body: Json) -> None:
        """Answer what somebody has typed so far; nothing when that takes too long."""
        verb = carried_in(object_in(body, "view")).verb
        name = text_in(body, "action_id") or name_of_block(text_in(body, "block_id"))
        options: list[Element] = []
        try:
            async with asyncio.timeout(_SUGGEST_WITHIN):
                guest = await self._guest(visit)
                found = await self._office.suggest(guest, verb, name, text_in(body, "value"))
            options = option_objects(found[: LIMITS.options])
        except (CallFailed, TimeoutError) as error:
            logger.warning("Nothing could be suggested: %s", type(error).__name__)
        except Exception:  # whatever broke, a person waits for the list
            logger.exception("The office could not suggest anything")
        await ack(options=options)

    async def show_home(self, visit: Visit) -> None:
        """Put the person's home page in its place."""
        tenant = visit.asker.tenant
        try:
            page = page_view(await self._office.home(await self._guest(visit)), tenant)
        except CallFailed as error:
            logger.warning("The home page could not be made: %s", error.code)
            page = home_view(NOT_ANSWERED, tenant)
        except Exception:  # whatever broke, a person looks at the page
            logger.exception("The office could not make a home page")
            page = home_view(BROKEN, tenant)
        try:
            await self._call(visit, "views.publish", user_id=visit.asker.member, view=page)
        except CallFailed as error:
            logger.warning("The home page could not be shown: %s", error.code)

    async def _guest(self, visit: Visit) -> Guest:
        return await self._guests.guest(visit.workspace, visit.asker, visit.name)

    async def _screen(self, visit: Visit, asking: Asking) -> Screen:
        try:
            guest = await self._guest(visit)
        except CallFailed as error:
            logger.warning("Slack did not say who asks: %s", error.code)
            return NOT_ANSWERED
        try:
            return await asking(guest)
        except Exception:  # whatever broke, a person waits for an answer
            logger.exception("The office could not answer")
            return BROKEN

    async def _patience(self, visit: Visit) -> Visit:
        """Use the trigger while it lasts; the dialog that it opens is filled later."""
        try:
            if visit.view:
                await self._call(visit, "views.update", view_id=visit.view, view=waiting_view())
                return visit
            return replace(visit, view=await self._open_dialog(visit, waiting_view()))
        except CallFailed as error:
            logger.warning("A dialog could not be opened: %s", error.code)
            return visit

    async def _open_dialog(self, visit: Visit, view: Element) -> str:
        answer = await self._call(visit, "views.open", trigger_id=visit.trigger, view=view)
        return text_in(object_in(answer, "view"), "id")

    async def _call(self, visit: Visit, method: str, **arguments: Any) -> Mapping[str, Any]:
        access = await self._platform.client.access(visit.workspace)
        return await self._platform.client.call(access, method, arguments, as_json=True)

    async def _say(self, visit: Visit, answer: Answer) -> None:
        """Answer in the conversation, to one person alone."""
        try:
            if visit.response_url:
                message = answer_message(answer, visit.asker.tenant)
                ephemeral = {"response_type": "ephemeral", "replace_original": False}
                await self._platform.client.respond(visit.response_url, {**ephemeral, **message})
            else:
                await self._platform.answer(visit.workspace, visit.asker, answer)
        except CallFailed as error:
            logger.warning("An answer could not be shown: %s", error.code)


def _view(screen: Screen, visit: Visit) -> Element:
    tenant = visit.asker.tenant
    if isinstance(screen, Form):
        return form_view(screen, tenant, visit.asker.conversation or "")
    return answer_view(screen, tenant)


def _after_form(screen: Screen, visit: Visit, view: Json) -> dict[str, Any]:
    """What Slack is answered when a form was sent."""
    problems = problems_in(screen, view) if isinstance(screen, Form) else None
    if problems:
        return {"response_action": "errors", "errors": problems}
    return {"response_action": "update", "view": _view(screen, visit)}

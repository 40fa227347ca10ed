"""What a person waits for, answered through botbuilder: dialogs, card buttons, message actions.

The one module that knows botbuilder, imported only when the first such request arrives (the import
takes most of a second). The request has been verified before. Responses are plain JSON in the
shapes of "Dialogs", "Universal Actions" and "Define message extension commands" on
learn.microsoft.com.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from botbuilder.core import BotAdapter, InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity, ActivityTypes, ResourceResponse
from botframework.connector.auth import ClaimsIdentity

from core.ids import ExternalMessage
from core.ports import Answer, FrontDesk
from core.screens import is_office_verb
from core.text import paragraph, plain_text
from integrations.teams.cards import answer_card
from integrations.teams.fields import object_at, text_at
from integrations.teams.office import TeamsOffice, Visit
from integrations.teams.permissions import WHO_HAS_GOT_THIS
from integrations.teams.screens import answer_dialog, is_form

_MOST_WORDS = 200
_SEARCH = "application/search"
_EXECUTE_RESPONSE = "application/vnd.microsoft.card.adaptive"

UNKNOWN = Answer(
    "I can't do that yet",
    paragraph("Mention me in a channel, or write to me here, to see what I can do."),
)


@dataclass(frozen=True, slots=True)
class InvokeAnswer:
    """What goes back to Teams: a status and a JSON body, or none."""

    status: int
    body: Mapping[str, Any] | None


class BadInvoke(ValueError):
    """The activity is not what botbuilder can read."""


class DeskFailed(RuntimeError):
    """The front desk had no answer."""


async def answer_invoke(
    desk: FrontDesk,
    visit: Visit,
    activity: Mapping[str, Any],
    claims: Mapping[str, Any],
    office: TeamsOffice | None = None,
) -> InvokeAnswer:
    """Answer one invoke activity. `claims` are those of its token, which has been checked. Without
    an office, its buttons are asked of the front desk.

    Raises `BadInvoke` and `DeskFailed`.
    """
    adapter = _Adapter()
    handler = _Handler(desk, visit, office)
    try:
        context = TurnContext(adapter, Activity().deserialize(dict(activity)))
        context.turn_state[BotAdapter.BOT_IDENTITY_KEY] = ClaimsIdentity(dict(claims), True)
        await adapter.run_pipeline(context, handler.on_turn)
    except DeskFailed:
        raise
    except Exception as error:
        # botbuilder raises many kinds on values that are not what it expects.
        raise BadInvoke(type(error).__name__) from error
    response = adapter.response
    if response is None:
        return InvokeAnswer(HTTPStatus.NOT_IMPLEMENTED, None)
    body = response.body if isinstance(response.body, Mapping) else None
    return InvokeAnswer(int(response.status), body)


class _Adapter(BotAdapter):  # type: ignore[misc]  # botbuilder has no types
    """Catches the one activity that a handler sends back: the response to the invoke."""

    def __init__(self) -> None:
        super().__init__()
        self.response: InvokeResponse | None = None

    async def send_activities(
        self, context: TurnContext, activities: list[Activity]
    ) -> list[ResourceResponse]:
        for activity in activities:
            if activity.type == ActivityTypes.invoke_response:
                self.response = activity.value
        return [ResourceResponse() for _ in activities]

    async def update_activity(self, context: TurnContext, activity: Activity) -> None:
        raise NotImplementedError("messages leave through the connector client")

    async def delete_activity(self, context: TurnContext, reference: Any) -> None:
        raise NotImplementedError("messages leave through the connector client")


class _Handler(TeamsActivityHandler):  # type: ignore[misc]  # the same
    def __init__(self, desk: FrontDesk, visit: Visit, office: TeamsOffice | None) -> None:
        super().__init__()
        self._desk = desk
        self._visit = visit
        self._asker = visit.asker
        self._office = office

    @staticmethod
    def _create_invoke_response(body: object = None) -> InvokeResponse:
        # botbuilder would serialise the body here and fail on it again later.
        return InvokeResponse(status=int(HTTPStatus.OK), body=body)

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        if turn_context.activity.name != _SEARCH:
            return await super().on_invoke_activity(turn_context)
        value = object_at({"value": turn_context.activity.value}, "value")
        if self._office is None:
            return InvokeResponse(status=int(HTTPStatus.NOT_IMPLEMENTED))
        data_set, typed = text_at(value, "dataset"), text_at(value, "queryText")
        found = await self._office.search(self._visit, data_set, typed[:_MOST_WORDS])
        return self._create_invoke_response(found)

    async def on_adaptive_card_invoke(
        self, turn_context: TurnContext, invoke_value: Any
    ) -> dict[str, Any]:
        action = object_at(turn_context.activity.value, "action")
        verb = text_at(action, "verb") or text_at(action, "data", "verb")
        if self._office is not None and is_office_verb(verb):
            card = await self._office.card(self._visit, verb)
        else:
            card = answer_card(await self._ask(verb))
        return {"statusCode": int(HTTPStatus.OK), "type": _EXECUTE_RESPONSE, "value": card}

    async def on_teams_messaging_extension_fetch_task(
        self, turn_context: TurnContext, action: Any
    ) -> dict[str, Any]:
        value = object_at({"value": turn_context.activity.value}, "value")
        if text_at(value, "commandId") != WHO_HAS_GOT_THIS:
            return answer_dialog(UNKNOWN)
        message = text_at(value, "messagePayload", "id")
        asked = self._desk.who_has_got(self._asker, ExternalMessage(message) if message else None)
        return answer_dialog(await _answered(asked))

    async def on_teams_messaging_extension_submit_action_dispatch(
        self, turn_context: TurnContext, action: Any
    ) -> dict[str, Any]:
        return await self._dialog(turn_context)

    async def on_teams_messaging_extension_query(
        self, turn_context: TurnContext, query: Any
    ) -> dict[str, Any]:
        text = plain_text(UNKNOWN.body)
        return {"composeExtension": {"type": "message", "text": text}}

    async def on_teams_task_module_fetch(
        self, turn_context: TurnContext, task_module_request: Any
    ) -> dict[str, Any]:
        return await self._dialog(turn_context)

    async def on_teams_task_module_submit(
        self, turn_context: TurnContext, task_module_request: Any
    ) -> dict[str, Any]:
        return await self._dialog(turn_context)

    async def _dialog(self, turn_context: TurnContext) -> dict[str, Any]:
        data = object_at({"value": turn_context.activity.value}, "value", "data")
        verb = text_at(data, "verb")
        if self._office is not None and is_form(data):
            return await self._office.submit(self._visit, data)
        if self._office is not None and is_office_verb(verb):
            return await self._office.open(self._visit, verb[:_MOST_WORDS])
        return answer_dialog(await self._ask(verb))

    async def _ask(self, verb: str) -> Answer:
        return await _answered(self._desk.ask(self._asker, verb[:_MOST_WORDS]))


async def _answered(asked: Awaitable[Answer]) -> Answer:
    try:
        return await asked
    except Exception as error:
        raise DeskFailed(type(error).__name__) from error

"""Who asks, and where, in what Slack sends for a command, a click, a form or a page."""

from core.ids import ExternalConversation, ExternalMember, ExternalMessage
from core.ports import Asker
from integrations.slack.fields import Json, object_in, text_in
from integrations.slack.ids import SLACK, source_of
from integrations.slack.parse import team_in


def asker_from(*, team: str, member: str, conversation: str = "", thread: str = "") -> Asker:
    """An asker by Slack's ids; an empty conversation or thread means none."""
    source = source_of(team)
    return Asker(
        platform=SLACK,
        tenant=source.tenant,
        workspace=source.workspace,
        member=ExternalMember(member),
        conversation=ExternalConversation(conversation) if conversation else None,
        thread=ExternalMessage(thread) if thread else None,
    )


def asking_team(payload: Json) -> str:
    """The team of an interaction, a command or an event.

    In a channel that is shared with another company, `team` is the one of the person; a view tells
    where our app is installed (an organisation as a whole is no team).
    """
    view = object_in(payload, "view")
    installed = text_in(view, "app_installed_team_id")
    if installed.startswith("T"):
        return installed
    told = text_in(object_in(payload, "team"), "id") or text_in(view, "team_id")
    return told or text_in(object_in(payload, "user"), "team_id") or team_in(payload)


def commander(body: Json) -> Asker:
    """Who typed a command."""
    return asker_from(
        team=text_in(body, "team_id"),
        member=text_in(body, "user_id"),
        conversation=text_in(body, "channel_id"),
    )


def home_owner(body: Json) -> Asker:
    """Who looks at their home page."""
    return asker_from(team=team_in(body), member=text_in(object_in(body, "event"), "user"))


def asker_of(body: Json) -> Asker:
    """Who pressed, chose or sent something, and where."""
    container = object_in(body, "container")
    message = object_in(body, "message")
    user = object_in(body, "user")
    return asker_from(
        team=asking_team(body),
        member=text_in(user, "id"),
        conversation=text_in(object_in(body, "channel"), "id") or text_in(container, "channel_id"),
        thread=text_in(message, "thread_ts") or text_in(container, "thread_ts"),
    )

"""What the bot says to one person: a message only they see, or their home page."""

import json
from collections.abc import Sequence
from typing import Any

from core import screen_words
from core.ids import ExternalTenant
from core.ports import Answer, Choice
from core.screens import is_office_verb
from core.text import Block, Body, Paragraph, Text, paragraph
from integrations.common.split import split_body
from integrations.slack.compose import mrkdwn_text, rich_text_elements
from integrations.slack.limits import LIMITS

Element = dict[str, Any]

DESK_PREFIX = "desk:"
"""What the action ids of the front desk's buttons begin with."""

OFFICE_PREFIX = "office:"
"""What the action ids of the office's buttons begin with; the verb follows."""

_ROOM = LIMITS.text - 500
_MORE = paragraph(screen_words.MORE_THAN_FITS)


def answer_message(answer: Answer, tenant: ExternalTenant) -> Element:
    """`text` and `blocks` of an answer."""
    body = shortened(with_title(answer), tenant)
    return {"text": mrkdwn_text(body, tenant), "blocks": answer_blocks(answer, body, tenant)}


def home_view(answer: Answer, tenant: ExternalTenant) -> Element:
    """An answer as the app's home page (docs.slack.dev/surfaces/app-home)."""
    body = shortened(with_title(answer), tenant)
    return {"type": "home", "blocks": answer_blocks(answer, body, tenant)}


def with_title(answer: Answer) -> Body:
    """What an answer says, its title in bold above it."""
    title: Body = (Paragraph((Text(answer.title, bold=True),)),) if answer.title else ()
    return (*title, *answer.body) or paragraph(" ")


def shortened(body: Body, tenant: ExternalTenant) -> Body:
    """As much of a body as fits into one block, and a line that says so when there is more."""

    def size(block: Block) -> int:
        elements = json.dumps(rich_text_elements((block,), tenant), ensure_ascii=False)
        return max(len(mrkdwn_text((block,), tenant)) + 1, len(elements) // 3 + 1)

    first, *rest = split_body(body, size, _ROOM)
    return (*first, *_MORE) if rest else first


def answer_blocks(answer: Answer, body: Body, tenant: ExternalTenant) -> list[Element]:
    """The blocks of an answer that says `body`: the text, its buttons, its reference."""
    blocks = [*text_blocks(body, tenant), *button_blocks(answer.choices)]
    if answer.reference:
        reference = {"type": "plain_text", "text": f"Reference: {answer.reference}"}
        blocks.append({"type": "context", "elements": [reference]})
    return blocks


def text_blocks(body: Body, tenant: ExternalTenant) -> list[Element]:
    """A body as one block, or none when it holds no characters."""
    elements = rich_text_elements(body, tenant)
    return [{"type": "rich_text", "elements": elements}] if elements else []


def button_blocks(choices: Sequence[Choice]) -> list[Element]:
    """Buttons side by side; a verb is offered once, as two buttons can't share an action id."""
    once = list({choice.verb: choice for choice in choices}.values())[: LIMITS.buttons]
    buttons = [_button(number, choice) for number, choice in enumerate(once)]
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _button(number: int, choice: Choice) -> Element:
    office = is_office_verb(choice.verb)
    action_id = f"{OFFICE_PREFIX}{choice.verb}" if office else f"{DESK_PREFIX}{number}"
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": choice.label[: LIMITS.button_text] or choice.verb},
        "action_id": action_id[: LIMITS.action_id],
        "value": choice.verb[: LIMITS.button_value],
    }

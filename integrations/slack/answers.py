"""What the bot says to one person: a message only they see, or their home page."""

import json
from typing import Any

from core.ids import ExternalTenant
from core.ports import Answer
from core.text import Block, Body, Paragraph, Text, paragraph
from integrations.common.split import split_body
from integrations.slack.compose import mrkdwn_text, rich_text_elements
from integrations.slack.limits import LIMITS

Element = dict[str, Any]

DESK_PREFIX = "desk:"
"""What the action ids of our own buttons begin with."""

_ROOM = LIMITS.text - 500
_MORE = paragraph("There is more than fits here.")


def answer_message(answer: Answer, tenant: ExternalTenant) -> Element:
    """`text` and `blocks` of an answer."""
    body = _shortened(_with_title(answer), tenant)
    return {"text": mrkdwn_text(body, tenant), "blocks": _blocks(answer, body, tenant)}


def home_view(answer: Answer, tenant: ExternalTenant) -> Element:
    """An answer as the app's home page (docs.slack.dev/surfaces/app-home)."""
    body = _shortened(_with_title(answer), tenant)
    return {"type": "home", "blocks": _blocks(answer, body, tenant)}


def _with_title(answer: Answer) -> Body:
    title: Body = (Paragraph((Text(answer.title, bold=True),)),) if answer.title else ()
    return (*title, *answer.body) or paragraph(" ")


def _shortened(body: Body, tenant: ExternalTenant) -> Body:
    def size(block: Block) -> int:
        elements = json.dumps(rich_text_elements((block,), tenant), ensure_ascii=False)
        return max(len(mrkdwn_text((block,), tenant)) + 1, len(elements) // 3 + 1)

    first, *rest = split_body(body, size, _ROOM)
    return (*first, *_MORE) if rest else first


def _blocks(answer: Answer, body: Body, tenant: ExternalTenant) -> list[Element]:
    blocks: list[Element] = []
    if elements := rich_text_elements(body, tenant):
        blocks.append({"type": "rich_text", "elements": elements})
    buttons = [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": choice.label[: LIMITS.button_text]},
            "action_id": f"{DESK_PREFIX}{number}",
            "value": choice.verb[: LIMITS.button_value],
        }
        for number, choice in enumerate(answer.choices[: LIMITS.buttons])
    ]
    if buttons:
        blocks.append({"type": "actions", "elements": buttons})
    if answer.reference:
        reference = {"type": "plain_text", "text": f"Reference: {answer.reference}"}
        blocks.append({"type": "context", "elements": [reference]})
    return blocks

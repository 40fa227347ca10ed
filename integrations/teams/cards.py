"""What the bot says to one person: text where text will do, a card where something is to press.

Adaptive Card 1.5 at most ("Cards reference" on learn.microsoft.com). Words go into `RichTextBlock`
runs, which show them letter for letter: a `TextBlock` would read Markdown in them.
"""

from collections.abc import Sequence
from typing import Any

from core.ids import ExternalTenant
from core.ports import Answer, Choice
from core.screens import is_office_verb
from core.text import (
    Block,
    Body,
    CodeBlock,
    Hyperlink,
    ListItem,
    Quote,
    Span,
    Text,
    span_text,
    spans_of,
)
from integrations.teams.html_body import is_safe_link
from integrations.teams.html_text import HtmlText, clean, plain_html
from integrations.teams.limits import LIMITS
from integrations.teams.render import message

CARD_TYPE = "application/vnd.microsoft.card.adaptive"


def answer_activity(answer: Answer, tenant: ExternalTenant, workspace: str = "") -> dict[str, Any]:
    """The answer as one activity: text, or a card when there is something to press.

    `workspace` goes with the office's buttons, so that they mean the same wherever they are seen.
    """
    if answer.choices:
        summary = clean(answer.title) or "An answer from the exchange"
        return card_activity(answer_card(answer, workspace), summary)
    text = HtmlText(tenant)
    html = f"<p><b>{plain_html(answer.title)}</b></p>" if answer.title else ""
    html += text.body(answer.body)
    if answer.reference:
        html += f"<p><i>(ref {plain_html(answer.reference)})</i></p>"
    return message(html or "<p></p>", text.entities)


def card_activity(card: dict[str, Any], summary: str) -> dict[str, Any]:
    """A card as an activity; `summary` is what a notification shows."""
    attachment = {"contentType": CARD_TYPE, "content": card}
    return {"type": "message", "summary": clean(summary), "attachments": [attachment]}


def answer_card(answer: Answer, workspace: str = "", *, in_dialog: bool = False) -> dict[str, Any]:
    """The answer as an Adaptive Card."""
    lines = [title(answer.title)] if answer.title else []
    lines += body_lines(answer.body)
    if answer.reference:
        lines.append(plain_line(f"(ref {answer.reference})", isSubtle=True, size="Small"))
    if len(answer.choices) > LIMITS.buttons:
        lines += button_sets(answer.choices, workspace, in_dialog=in_dialog)
        return card_of(lines)
    buttons = [_button(choice, workspace, in_dialog) for choice in answer.choices]
    return card_of(lines, buttons)


def card_of(body: list[dict[str, Any]], actions: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A card of these elements and buttons."""
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": body or [plain_line(" ")],
    }
    if actions:
        card["actions"] = list(actions)
    return card


def button_sets(
    choices: Sequence[Choice], workspace: str, *, in_dialog: bool
) -> list[dict[str, Any]]:
    """Buttons in rows."""
    buttons = [_button(choice, workspace, in_dialog) for choice in choices]
    rows = range(0, len(buttons), LIMITS.buttons)
    return [
        {"type": "ActionSet", "actions": buttons[start : start + LIMITS.buttons]} for start in rows
    ]


def _button(choice: Choice, workspace: str, in_dialog: bool) -> dict[str, Any]:
    """A button. One of the office's opens a dialog, unless it stands in one already."""
    data: dict[str, Any] = {"verb": choice.verb}
    if is_office_verb(choice.verb):
        data |= {"workspace": workspace} if workspace else {}
        data |= {} if in_dialog else {"msteams": {"type": "task/fetch"}}
    return {"type": "Action.Submit", "title": clean(choice.label), "data": data}


def title(text: str, size: str = "Medium") -> dict[str, Any]:
    """A heading."""
    return plain_line(text, weight="Bolder", size=size)


def plain_line(text: str, **style: Any) -> dict[str, Any]:
    """A line that shows exactly this text."""
    return _rich([_run(text, **style)])


def body_lines(body: Body) -> list[dict[str, Any]]:
    """A text as elements of a card."""
    return [_block(block) for block in body]


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, CodeBlock):
        return _rich([_run(block.text, fontType="Monospace")])
    runs = [run for span in spans_of(block) for run in _span(span)]
    match block:
        case ListItem(number=number, indent=indent):
            mark = "• " if number is None else f"{number}. "
            runs.insert(0, _run("\u2003" * indent + mark))
        case Quote():
            runs.insert(0, _run("│ ", isSubtle=True))
    return _rich(runs or [_run(" ")])


def _span(span: Span) -> list[dict[str, Any]]:
    match span:
        case Text():
            style: dict[str, Any] = {}
            if span.bold:
                style["weight"] = "Bolder"
            if span.italic:
                style["italic"] = True
            if span.strike:
                style["strikethrough"] = True
            if span.code:
                style["fontType"] = "Monospace"
            return [_run(span.text, **style)] if span.text else []
        case Hyperlink(url=url, label=label) if is_safe_link(url):
            return [_run(label or url, selectAction={"type": "Action.OpenUrl", "url": url})]
        case _:
            return [_run(span_text(span))]


def _rich(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": runs}


def _run(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": clean(text)[: LIMITS.card_text] or " ", **style}

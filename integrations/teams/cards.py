"""What the bot says to one person: text where text will do, a card where something is to press.

Adaptive Card 1.5 at most ("Cards reference" on learn.microsoft.com). Words go into `RichTextBlock`
runs, which show them letter for letter: a `TextBlock` would read Markdown in them.
"""

from typing import Any

from core.ids import ExternalTenant
from core.ports import Answer
from core.text import (
    Block,
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


def answer_activity(answer: Answer, tenant: ExternalTenant) -> dict[str, Any]:
    """The answer as one activity: text, or a card when there is something to press."""
    if answer.choices:
        attachment = {"contentType": CARD_TYPE, "content": answer_card(answer)}
        summary = clean(answer.title) or "An answer from the exchange"
        return {"type": "message", "summary": summary, "attachments": [attachment]}
    text = HtmlText(tenant)
    html = f"<p><b>{plain_html(answer.title)}</b></p>" if answer.title else ""
    html += text.body(answer.body)
    if answer.reference:
        html += f"<p><i>(ref {plain_html(answer.reference)})</i></p>"
    return message(html or "<p></p>", text.entities)


def answer_card(answer: Answer) -> dict[str, Any]:
    """The answer as an Adaptive Card."""
    lines: list[dict[str, Any]] = []
    if answer.title:
        lines.append(_rich([_run(answer.title, weight="Bolder", size="Medium")]))
    lines.extend(_block(block) for block in answer.body)
    if answer.reference:
        lines.append(_rich([_run(f"(ref {answer.reference})", isSubtle=True, size="Small")]))
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": lines or [_rich([_run(" ")])],
    }
    if answer.choices:
        card["actions"] = [
            {"type": "Action.Submit", "title": clean(choice.label), "data": {"verb": choice.verb}}
            for choice in answer.choices
        ]
    return card


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

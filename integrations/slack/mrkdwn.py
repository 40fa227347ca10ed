"""Slack's message text: `<@U1>`, `*bold*`, lists and quotes, to a body and back to plain text.

Source: docs.slack.dev/messaging/formatting-message-text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from core.ids import ExternalMember, ExternalTenant
from core.text import (
    Block,
    Body,
    CodeBlock,
    Emoji,
    Hyperlink,
    ListItem,
    MemberKey,
    Mention,
    Paragraph,
    Quote,
    Span,
    Spans,
    Text,
)
from integrations.common.emoji import character_of
from integrations.slack.ids import SLACK

_FENCE = re.compile(r"```\n?(.*?)\n?```\n?", re.DOTALL)
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<token>[^<>\n]+)>"
    r"|(?<![\w:]):(?P<emoji>[a-z0-9_'+&-]+(?:::skin-tone-[2-6])?):"
    r"|(?<!\w)\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?!\w)"
    r"|(?<!\w)_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?!\w)"
    r"|(?<!\w)~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?!\w)"
)
_QUOTED = re.compile(r"(?:&gt;|>)(?:&gt;&gt;)? ?(.*)\Z")
_BULLET = re.compile(r"( *)[•◦▪] +(.*)\Z")
_NUMBERED = re.compile(r"( *)(\d{1,4})\. +(.*)\Z")
_STYLES = ("bold", "italic", "strike")


def escape(text: str) -> str:
    """Text as Slack wants it: the three characters that could begin markup, made harmless."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What `escape` made, as it was."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def parse_mrkdwn(text: str, tenant: ExternalTenant) -> Body:
    """A message's text as a body; an empty text gives an empty one."""
    blocks: list[Block] = []
    position = 0
    for fence in _FENCE.finditer(text):
        blocks.extend(_lines(text[position : fence.start()].removesuffix("\n"), tenant))
        if code := unescape(fence[1]):
            blocks.append(CodeBlock(code))
        position = fence.end()
    blocks.extend(_lines(text[position:], tenant))
    return tuple(blocks)


def parse_spans(text: str, tenant: ExternalTenant) -> Spans:
    """A stretch of message text as spans."""
    return tuple(_inline(text, tenant, Text("")))


def _lines(text: str, tenant: ExternalTenant) -> Iterator[Block]:
    plain: list[str] = []
    for line in text.split("\n"):
        block = _special_line(line, tenant)
        if block is None:
            plain.append(line)
            continue
        yield from _paragraph(plain, tenant)
        plain = []
        yield block
    yield from _paragraph(plain, tenant)


def _paragraph(lines: list[str], tenant: ExternalTenant) -> Iterator[Block]:
    text = "\n".join(lines)
    if text:
        yield Paragraph(parse_spans(text, tenant))


def _special_line(line: str, tenant: ExternalTenant) -> Block | None:
    if quoted := _QUOTED.match(line):
        return Quote(parse_spans(quoted[1], tenant))
    if bullet := _BULLET.match(line):
        return ListItem(parse_spans(bullet[2], tenant), None, len(bullet[1]) // 4)
    if numbered := _NUMBERED.match(line):
        return ListItem(parse_spans(numbered[3], tenant), int(numbered[2]), len(numbered[1]) // 4)
    return None


def _inline(text: str, tenant: ExternalTenant, style: Text) -> Iterator[Span]:
    position = 0
    for found in _INLINE.finditer(text):
        yield from _plain(text[position : found.start()], style)
        yield from _found(found, tenant, style)
        position = found.end()
    yield from _plain(text[position:], style)


def _plain(text: str, style: Text) -> Iterable[Span]:
    return (replace(style, text=unescape(text)),) if text else ()


def _found(found: re.Match[str], tenant: ExternalTenant, style: Text) -> Iterable[Span]:
    if code := found["code"]:
        return (replace(style, text=unescape(code), code=True),)
    if token := found["token"]:
        return (_token(token, tenant, style),)
    if name := found["emoji"]:
        character = character_of(name)
        # `10:30:` and the like are no emoji: only a known name, or one with a letter, is.
        is_name = bool(character) or any(letter.isalpha() for letter in name)
        return (Emoji(name, character),) if is_name else _plain(found[0], style)
    for kind in _STYLES:
        if inner := found[kind]:
            return _inline(inner, tenant, _with_style(style, kind))
    return _plain(found[0], style)


def _with_style(style: Text, kind: str) -> Text:
    match kind:
        case "bold":
            return replace(style, bold=True)
        case "italic":
            return replace(style, italic=True)
        case _:
            return replace(style, strike=True)


def _token(token: str, tenant: ExternalTenant, style: Text) -> Span:
    content, _, raw_label = token.partition("|")
    label = unescape(raw_label)
    if content.startswith("@"):
        return mention_of(content[1:], label, tenant)
    if content.startswith("#"):
        return replace(style, text=f"#{label or 'channel'}")
    if content.startswith("!"):
        return replace(style, text=_special(content[1:], label))
    return Hyperlink(unescape(content), label)


def mention_of(member: str, name: str, tenant: ExternalTenant) -> Mention:
    """A mention of somebody in a team; the name is empty when the payload does not tell it."""
    key = MemberKey(SLACK, tenant, ExternalMember(member))
    return Mention(name.removeprefix("@"), key)


def _special(command: str, label: str) -> str:
    kind, _, rest = command.partition("^")
    if kind in {"here", "channel", "everyone"}:
        return f"@{kind}"
    if kind == "subteam":
        return f"@{label.removeprefix('@') or 'group'}"
    return label or rest or kind

"""From what a person types to `text` and the rich_text block that Slack's composer makes.

Source: docs.slack.dev/reference/block-kit/blocks/rich-text-block and
docs.slack.dev/messaging/formatting-message-text.
"""

from __future__ import annotations

import re
from typing import Any

import emoji

Element = dict[str, Any]

TOKEN = re.compile(
    r"<(?:@[UW][A-Z0-9]+(?:\|[^<>]*)?|#C[A-Z0-9]+(?:\|[^<>]*)?|!(?:here|channel|everyone)(?:\|[^<>]*)?"
    r"|!subteam\^S[A-Z0-9]+(?:\|[^<>]*)?|!date\^[^<>]+|(?:https?://|mailto:|tel:)[^<>\s|]+(?:\|[^<>]*)?)>"
)
BARE_URL = re.compile(r"(?<![\w<|])https?://[^\s<>`]*[^\s<>`.,;:!?'\")\]*_~]")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
EMOJI = re.compile(r":((?:[a-z][a-z0-9_'&-]*|\+1|-1|100|1234|8ball)(?:::skin-tone-[2-6])?):")
INLINE = re.compile(
    r"(?P<code>`[^`\n]+`)|(?P<token><[^<>\n]+>)"
    r"|(?P<emoji>(?<![A-Za-z0-9:]):(?:[a-z][a-z0-9_'&-]*|\+1|-1|100|1234|8ball)(?:::skin-tone-[2-6])?:)"
    r"|(?P<styled>(?<![\w*_~])(?P<mark>[*_~])(?=\S)(?P<inner>[^\n]{0,2000}?\S)(?P=mark)(?![\w*_~]))"
)
STYLE = {"*": "bold", "_": "italic", "~": "strike"}
BULLET = re.compile(r"^( *)(?:[•◦▪︎*-]) +(.*)$")
NUMBERED = re.compile(r"^( *)(\d+|[a-z])\. +(.*)$")
QUOTE = re.compile(r"^(?:&gt;|>) ?(.*)$")
MARKUP = re.compile(r"[*_~`<>&:\n•]")
# Where Slack's own name is another one than the first alias known to the emoji package.
SLACK_NAMES = {":thumbsup:": ":+1:", ":thumbsdown:": ":-1:"}
SKIN_TONES = {"\U0001f3fb": 2, "\U0001f3fc": 3, "\U0001f3fd": 4, "\U0001f3fe": 5, "\U0001f3ff": 6}
PICTURES = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")


def composed(typed: str, block_id: str) -> tuple[str, list[Element]]:
    """`text` and `blocks` of a message as the composer sends what a person typed.

    Tokens such as `<@U123>` are taken as chosen in the composer; every other `<`, `>` and `&`
    is escaped; list lines get bullets; bare addresses become links; pictures become `:names:`.
    """
    text = _as_mrkdwn(_name_pictures(typed))
    return text, [rich_text_block(text, block_id, lists=True)]


def rich_text_block(text: str, block_id: str, *, lists: bool = False) -> Element:
    """The rich_text block that shows a message's mrkdwn `text`."""
    if not MARKUP.search(text):
        elements = [_section([{"type": "text", "text": text}])] if text else []
    else:
        elements = _blocks_of(text, lists=lists)
    return {"type": "rich_text", "block_id": block_id, "elements": elements}


def unescaped(text: str) -> str:
    """`&lt;`, `&gt;` and `&amp;` as the characters they stand for."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _as_mrkdwn(typed: str) -> str:
    parts: list[str] = []
    position = 0
    for code in CODE.finditer(typed):
        parts.append(_outside_code(typed[position : code.start()]))
        parts.append(_escaped(code.group()))
        position = code.end()
    parts.append(_outside_code(typed[position:]))
    return "".join(parts)


def _outside_code(typed: str) -> str:
    parts: list[str] = []
    position = 0
    for token in TOKEN.finditer(typed):
        parts.append(_plain(typed[position : token.start()]))
        parts.append(token.group())
        position = token.end()
    parts.append(_plain(typed[position:]))
    return "\n".join(_bulleted(line) for line in "".join(parts).split("\n"))


def _plain(typed: str) -> str:
    parts: list[str] = []
    position = 0
    for url in BARE_URL.finditer(typed):
        parts.append(_escaped(typed[position : url.start()]))
        parts.append(f"<{_escaped(url.group())}>")
        position = url.end()
    parts.append(_escaped(typed[position:]))
    return "".join(parts)


def _bulleted(line: str) -> str:
    found = re.match(r"^( *)[*-] +(?=\S)", line)
    return f"{found.group(1)}• {line[found.end() :]}" if found else line


def _name_pictures(typed: str) -> str:
    if not PICTURES.search(typed):
        return typed
    parts: list[str] = []
    position = 0
    for found in emoji.emoji_list(typed):
        start, end = int(found["match_start"]), int(found["match_end"])
        parts.append(typed[position:start])
        parts.append(_picture_name(str(found["emoji"])))
        position = end
    parts.append(typed[position:])
    return "".join(parts)


def _picture_name(picture: str) -> str:
    if not PICTURES.search(picture):
        return picture
    tones = [SKIN_TONES[c] for c in picture if c in SKIN_TONES]
    base = "".join(c for c in picture if c not in SKIN_TONES)
    name = emoji.demojize(base, language="alias")
    if name == base or len(tones) > 1 or not EMOJI.fullmatch(name):
        return picture
    name = SLACK_NAMES.get(name, name)
    return f"{name}:skin-tone-{tones[0]}:" if tones else name


def _blocks_of(text: str, *, lists: bool) -> list[Element]:
    elements: list[Element] = []
    position = 0
    for fence in re.finditer(r"```\n?(.+?)\n?```\n?", text, re.DOTALL):
        before = text[position : fence.start()]
        elements.extend(_lines(before.removesuffix("\n"), lists=lists) if before else [])
        content = {"type": "text", "text": unescaped(fence.group(1))}
        elements.append({"type": "rich_text_preformatted", "elements": [content], "border": 0})
        position = fence.end()
    rest = text[position:]
    if rest:
        elements.extend(_lines(rest, lists=lists))
    return elements


def _lines(text: str, *, lists: bool) -> list[Element]:
    elements: list[Element] = []
    group: list[str] = []
    kind: tuple[str, int] = ("section", 0)
    for line in text.split("\n"):
        line_kind, content = _kind_of(line, lists=lists)
        if line_kind != kind and group:
            elements.append(_group(kind, group))
            group = []
        kind = line_kind
        group.append(content)
    elements.append(_group(kind, group))
    return elements


def _kind_of(line: str, *, lists: bool) -> tuple[tuple[str, int], str]:
    quote = QUOTE.match(line)
    if quote:
        return ("quote", 0), quote.group(1)
    bullet = BULLET.match(line) if lists else None
    if bullet:
        return ("bullet", len(bullet.group(1)) // 4), bullet.group(2)
    numbered = NUMBERED.match(line) if lists else None
    if numbered:
        return ("ordered", len(numbered.group(1)) // 4), numbered.group(3)
    return ("section", 0), line


def _group(kind: tuple[str, int], lines: list[str]) -> Element:
    name, indent = kind
    if name == "quote":
        return {"type": "rich_text_quote", "elements": _inline("\n".join(lines), {})}
    if name in {"bullet", "ordered"}:
        items = [_section(_inline(line, {})) for line in lines]
        return {
            "type": "rich_text_list",
            "style": name,
            "indent": indent,
            "border": 0,
            "elements": items,
        }
    return _section(_inline("\n".join(lines), {}))


def _section(elements: list[Element]) -> Element:
    return {"type": "rich_text_section", "elements": elements}


def _inline(text: str, style: dict[str, bool]) -> list[Element]:
    elements: list[Element] = []
    position = 0
    for found in INLINE.finditer(text):
        _add_text(elements, text[position : found.start()], style)
        elements.extend(_found_elements(found, style))
        position = found.end()
    _add_text(elements, text[position:], style)
    return elements


def _found_elements(found: re.Match[str], style: dict[str, bool]) -> list[Element]:
    if found.group("code"):
        inner = unescaped(found.group("code")[1:-1])
        return [_styled({"type": "text", "text": inner}, {**style, "code": True})]
    if found.group("token"):
        return [_styled(_token_element(found.group("token")[1:-1]), style)]
    if found.group("emoji"):
        return [_emoji_element(found.group("emoji"), style)]
    name = STYLE[found.group("mark")]
    if name in style:  # a mark inside itself is a plain character
        return [_styled({"type": "text", "text": unescaped(found.group("styled"))}, style)]
    return _inline(found.group("inner"), {**style, name: True})


def _add_text(elements: list[Element], text: str, style: dict[str, bool]) -> None:
    if text:
        elements.append(_styled({"type": "text", "text": unescaped(text)}, style))


def _styled(element: Element, style: dict[str, bool]) -> Element:
    if style:
        element["style"] = dict(style)
    return element


def _token_element(token: str) -> Element:
    content, _, label = token.partition("|")
    if content.startswith("@"):
        return {"type": "user", "user_id": content[1:]}
    if content.startswith("#"):
        return {"type": "channel", "channel_id": content[1:]}
    if content.startswith("!subteam^"):
        return {"type": "usergroup", "usergroup_id": content.removeprefix("!subteam^")}
    if content.startswith("!date^"):
        _, stamp, form, *_ = [*content.split("^"), "", ""]
        return {"type": "date", "timestamp": int(stamp) if stamp.isdigit() else 0, "format": form}
    if content.startswith("!"):
        return {"type": "broadcast", "range": content[1:]}
    link: Element = {"type": "link", "url": unescaped(content)}
    if label:
        link["text"] = unescaped(label)
    return link


def _emoji_element(code: str, style: dict[str, bool]) -> Element:
    name, _, tone = code[1:-1].partition("::skin-tone-")
    element: Element = {"type": "emoji", "name": name}
    picture = emoji.emojize(f":{name}:", language="alias")
    if not picture.startswith(":"):
        element["unicode"] = "-".join(f"{ord(c):x}" for c in picture)
    if tone:
        element["skin_tone"] = int(tone)
    return _styled(element, style)

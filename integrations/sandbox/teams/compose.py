"""From what a person types to what Teams makes of it, and from a bot's text to what Teams shows.

A person's message reaches the bot as plain `text` and as a text/html attachment; the shapes
(mention spans, emoji pictures, paragraphs) follow recorded activities.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape, unescape

from integrations.sandbox.teams.model import Json

EMOJI = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2}"
    "|[\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*"
    "(?:\u200d[\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*)*)"
)
INLINE = re.compile(
    r"(?P<code>`(?P<code_text>[^`\n]+)`)"
    r"|(?P<link>\[(?P<link_text>[^\]\n]+)\]\((?P<link_url>(?:https?://|mailto:)[^\s)]+)\))"
    r"|(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]])"
    r"|(?P<bold>\*\*(?P<bold_text>[^\n]+?)\*\*)"
    r"|(?P<strike>~~(?P<strike_text>[^\n]+?)~~)"
    r"|(?P<italic>(?<![\w*_])(?P<mark>[_*])(?P<italic_text>[^\s_*](?:[^\n]*?[^\s_*])?)(?P=mark)(?![\w*_]))"
)
LIST_ITEM = re.compile(r"^(?:[-*•]|(?P<number>\d+)[.)])\s+(?P<text>.*)$")
HEADING = re.compile(r"^#{1,3}\s+(.*)$")
MENTION_SPAN = re.compile(
    r'<span itemtype="http://schema\.skype\.com/Mention" itemscope="" itemid="(\d+)">(.*?)</span>'
)
EMOJI_SPAN = re.compile(
    r'<span title="(?P<title>[^"]*)"[^>]*><img [^>]*itemid="(?P<id>[^"]*)"[^>]*'
    r'alt="(?P<alt>[^"]*)"[^>]*></span>'
)
EMOJI_ASSETS = (
    "https://statics.teams.cdn.office.net/evergreen-assets/personal-expressions/v2/assets/emoticons"
)


@dataclass(slots=True, frozen=True)
class Person:
    """Someone who can be mentioned by writing `@` and the name."""

    id: str
    name: str


@dataclass(slots=True)
class Composed:
    """A message as Teams sends it on: plain text, html, and the entities of its mentions."""

    text: str
    html: str
    mentions: list[Json] = field(default_factory=list)


class _Composer:
    """Turns one typed message into html, keeping count of its mentions."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = {person.name: person for person in people}
        names = sorted(self.people, key=len, reverse=True)
        self.pattern = re.compile("@(" + "|".join(re.escape(name) for name in names) + r")(?!\w)")
        self.mentions: list[Json] = []

    def inline(self, text: str) -> str:
        """Inline marks, mentions and emoji as html."""
        return inline_html(text, self.words)

    def words(self, text: str) -> str:
        """Words without marks: mentions become spans, emoji pictures, the rest is escaped."""
        if not self.people:
            return _emoji_html(text)
        parts: list[str] = []
        end = 0
        for found in self.pattern.finditer(text):
            parts.append(_emoji_html(text[end : found.start()]))
            parts.append(self._mention(self.people[found.group(1)]))
            end = found.end()
        parts.append(_emoji_html(text[end:]))
        return "".join(parts)

    def _mention(self, person: Person) -> str:
        number = len(self.mentions)
        shown = f"<at>{escape(person.name, quote=False)}</at>"
        self.mentions.append(
            {
                "mentioned": {"id": person.id, "name": person.name},
                "text": shown,
                "type": "mention",
            }
        )
        return (
            f'<span itemtype="http://schema.skype.com/Mention" itemscope="" itemid="{number}">'
            f"{escape(person.name)}</span>"
        )


def compose(typed: str, people: Sequence[Person] = ()) -> Composed:
    """What Teams sends for a typed message; `people` may be mentioned as `@Name`."""
    composer = _Composer(people)
    html = blocks_html(typed, composer.inline).replace("</span> ", "</span>&nbsp;")
    return Composed(plain_text(html), html, composer.mentions)


def inline_html(text: str, words: Callable[[str], str]) -> str:
    """Bold, italic, strike, code and links as html; `words` renders what lies between."""
    parts: list[str] = []
    end = 0
    for found in INLINE.finditer(text):
        parts.append(words(text[end : found.start()]))
        parts.append(_marked(found, words))
        end = found.end()
    parts.append(words(text[end:]))
    return "".join(parts)


def _marked(found: re.Match[str], words: Callable[[str], str]) -> str:
    if found["code"]:
        return f"<code>{escape(found['code_text'], quote=False)}</code>"
    if found["link"]:
        return _anchor(found["link_url"], words(found["link_text"]))
    if found["url"]:
        return _anchor(found["url"], escape(found["url"], quote=False))
    for name, tag in (("bold", "strong"), ("strike", "s"), ("italic", "i")):
        if found[name]:
            return f"<{tag}>{inline_html(found[name + '_text'], words)}</{tag}>"
    return escape(found.group(), quote=False)


def _anchor(url: str, shown: str) -> str:
    safe = escape(url)
    return f'<a href="{safe}" rel="noreferrer noopener" title="{safe}" target="_blank">{shown}</a>'


def _emoji_html(text: str) -> str:
    parts: list[str] = []
    end = 0
    for found in EMOJI.finditer(text):
        parts.append(escape(text[end : found.start()], quote=False))
        parts.append(_emoji_picture(found.group()))
        end = found.end()
    parts.append(escape(text[end:], quote=False))
    return "".join(parts)


def _emoji_picture(character: str) -> str:
    name = unicodedata.name(character[0], "emoji").title()
    key = f"{ord(character[0]):x}_{name.replace(' ', '').lower()}"
    return (
        f'<span title="{name}" type="({key})" class="animated-emoticon-20-{key}" itemscope="">'
        f'<img itemscope="" itemtype="http://schema.skype.com/Emoji" itemid="{key}" '
        f'src="{EMOJI_ASSETS}/{key}/default/20_f.png" title="{name}" alt="{character}" '
        'style="width:20px; height:20px"></span>'
    )


def blocks_html(typed: str, inline: Callable[[str], str]) -> str:
    """Paragraphs, quotes, lists, headings and code blocks as html."""
    lines = typed.replace("\r\n", "\n").split("\n")
    parts: list[str] = []
    at = 0
    while at < len(lines):
        for block in (_code_block, _quote, _list):
            made, used = block(lines[at:], inline)
            if used:
                parts.append(made)
                at += used
                break
        else:
            parts.append(_line(lines[at], inline))
            at += 1
    return "\n".join(parts)


def _line(line: str, inline: Callable[[str], str]) -> str:
    if not line.strip():
        return "<p>&nbsp;</p>"
    if heading := HEADING.match(line):
        return f"<h3>{inline(heading.group(1))}</h3>"
    return f"<p>{inline(line)}</p>"


def _code_block(lines: list[str], inline: Callable[[str], str]) -> tuple[str, int]:
    if not lines[0].startswith("```"):
        return "", 0
    body: list[str] = []
    for number, line in enumerate(lines[1:], start=2):
        if line.startswith("```"):
            code = "<br>".join(escape(part, quote=False) for part in body)
            return f'<codeblock class="Plaintext"><code>{code}</code></codeblock>', number
        body.append(line)
    return "", 0


def _quote(lines: list[str], inline: Callable[[str], str]) -> tuple[str, int]:
    quoted: list[str] = []
    for line in lines:
        if not line.startswith(">"):
            break
        quoted.append(f"<p>{inline(line[1:].strip())}</p>")
    return f"<blockquote>{''.join(quoted)}</blockquote>", len(quoted)


def _list(lines: list[str], inline: Callable[[str], str]) -> tuple[str, int]:
    first = LIST_ITEM.match(lines[0])
    if first is None:
        return "", 0
    numbered = first["number"] is not None
    items: list[str] = []
    for line in lines:
        found = LIST_ITEM.match(line)
        if found is None or (found["number"] is not None) != numbered:
            break
        items.append(f"<li>{inline(found['text'])}</li>")
    start = f' start="{first["number"]}"' if numbered and first["number"] != "1" else ""
    tag = "ol" if numbered else "ul"
    return f"<{tag}{start}>{''.join(items)}</{tag}>", len(items)


def plain_text(html: str) -> str:
    """The `text` of an activity with this html: no marks, mentions as `<at>Name</at>`."""
    text = MENTION_SPAN.sub("\ue000at\ue001\\2\ue000/at\ue001", html)
    text = EMOJI_SPAN.sub(lambda found: found["alt"], text)
    text = re.sub(r"<li[^>]*>", "- ", text)
    text = re.sub(r"<br\s*/?>|</(?:p|li|h3|blockquote|codeblock|ul|ol|div)>\n?", "\n", text)
    text = unescape(re.sub(r"<[^>]*>", "", text)).replace("\xa0", " ")
    text = text.replace("\ue000", "<").replace("\ue001", ">")
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def graph_html(html: str) -> str:
    """The same html as Graph's chatMessage has it: `<at>` and `<emoji>` instead of spans."""
    html = MENTION_SPAN.sub(r'<at id="\1">\2</at>', html)
    return EMOJI_SPAN.sub(
        lambda f: f'<emoji id="{f["id"]}" alt="{f["alt"]}" title="{f["title"]}"></emoji>', html
    )

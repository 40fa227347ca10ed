"""Who is meant by a name in a post.

A person of another city can't be picked from the platform's own list, so people type `@Ana Ruiz`.
A name that exactly one person of the channel bears becomes a mention of that person.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from core.text import Block, Body, CodeBlock, Mention, Span, Text

_AT_NAME = re.compile(r"(?<![\w@])@([^\s@]+(?: [^\s@]+){0,3})")


def _shortened(words: str) -> Iterable[str]:
    """`Ana Ruiz thanks,` gives itself and every shorter beginning, without closing punctuation."""
    parts = words.split(" ")
    for count in range(len(parts), 0, -1):
        yield " ".join(parts[:count]).rstrip(".,;:!?)\"'")


def names_in(body: Body) -> frozenset[str]:
    """Every string in a body that could be a name after an `@`, in lower case."""
    found: set[str] = set()
    for block in body:
        if isinstance(block, CodeBlock):
            continue
        for span in block.spans:
            if isinstance(span, Text) and not span.code:
                for match in _AT_NAME.finditer(span.text):
                    found.update(name.lower() for name in _shortened(match[1]) if name)
    return frozenset(found)


def _split(span: Text, people: Mapping[str, Mention]) -> Iterable[Span]:
    rest = span.text
    while match := _AT_NAME.search(rest):
        name = next((n for n in _shortened(match[1]) if n.lower() in people), None)
        if name is None:
            end = match.start() + 1
            yield replace(span, text=rest[:end])
        else:
            end = match.start() + 1 + len(name)
            if match.start():
                yield replace(span, text=rest[: match.start()])
            yield people[name.lower()]
        rest = rest[end:]
    if rest:
        yield replace(span, text=rest)


def _joined(spans: Iterable[Span]) -> Iterable[Span]:
    """Neighbouring texts of one style as one."""
    last: Text | None = None
    for span in spans:
        if isinstance(span, Text) and last is not None and replace(last, text=span.text) == span:
            last = replace(last, text=last.text + span.text)
            continue
        if last is not None:
            yield last
        last = span if isinstance(span, Text) else None
        if last is None:
            yield span
    if last is not None:
        yield last


def _change_spans(body: Body, change: Callable[[Span], Iterable[Span]]) -> Body:
    def changed(block: Block) -> Block:
        if isinstance(block, CodeBlock):
            return block
        return replace(block, spans=tuple(_joined(s for span in block.spans for s in change(span))))

    return tuple(changed(block) for block in body)


def with_people(body: Body, people: Mapping[str, Mention]) -> Body:
    """The body with every `@Name` found in `people` (lower-case names) turned into its mention."""

    def change(span: Span) -> Iterable[Span]:
        if isinstance(span, Text) and not span.code and "@" in span.text:
            return _split(span, people)
        return (span,)

    return _change_spans(body, change) if people else body


def with_known(body: Body, known: Mapping[Mention, Mention]) -> Body:
    """The body with mentions replaced by what is known of the people they mean."""

    def change(span: Span) -> Iterable[Span]:
        return (known.get(span, span) if isinstance(span, Mention) else span,)

    return _change_spans(body, change) if known else body

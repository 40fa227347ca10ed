"""Cut a long body into several that each fit, without losing a character."""

from collections.abc import Callable
from dataclasses import replace

from core.text import Block, Body, CodeBlock, Spans, Text, spans_of

Measure = Callable[[Block], int]

#: Where a text may be cut, best first.
_SEAMS = ("\n\n", "\n", ". ", "; ", ", ", " ")


def split_body(body: Body, measure: Measure, limit: int) -> tuple[Body, ...]:
    """Cut a body into bodies in which `measure`, summed over the blocks, is at most `limit`.

    Cuts fall between blocks where possible; a block that is too long by itself is cut at a line, a
    sentence or a word, and in the middle of a word only when there is no other place. Something
    that can't be cut (a very long link) stays whole. The texts joined again are the text.
    """
    parts: list[Body] = []
    current: list[Block] = []
    used = 0
    for block in body:
        for piece in _pieces(block, measure, limit):
            size = measure(piece)
            if current and used + size > limit:
                parts.append(tuple(current))
                current, used = [], 0
            current.append(piece)
            used += size
    if current or not parts:
        parts.append(tuple(current))
    return tuple(parts)


def _pieces(block: Block, measure: Measure, limit: int) -> list[Block]:
    pieces: list[Block] = []
    while (size := measure(block)) > limit:
        length = _length(spans_of(block))
        head, rest = _cut(block, max(1, length * limit // (size + 1)))
        if rest is None:
            break
        if measure(head) > limit and _length(spans_of(head)) > 1:
            pieces.extend(_pieces(head, measure, limit))
        else:
            pieces.append(head)
        block = rest
    pieces.append(block)
    return pieces


def _length(spans: Spans) -> int:
    return sum(len(span.text) if isinstance(span, Text) else 1 for span in spans)


def _cut(block: Block, most: int) -> tuple[Block, Block | None]:
    if isinstance(block, CodeBlock):
        at = _seam(block.text, most, ("\n",))
        head, tail = block.text[:at], block.text[at:]
        return (CodeBlock(head), CodeBlock(tail)) if head and tail else (block, None)
    before, after = _cut_spans(block.spans, most)
    if not before or not after:
        return block, None
    return replace(block, spans=before), replace(block, spans=after)


def _cut_spans(spans: Spans, most: int) -> tuple[Spans, Spans]:
    taken = 0
    for index, span in enumerate(spans):
        length = len(span.text) if isinstance(span, Text) else 1
        if taken + length <= most:
            taken += length
            continue
        if isinstance(span, Text):
            at = _seam(span.text, most - taken, _SEAMS)
            if at:
                head, tail = replace(span, text=span.text[:at]), replace(span, text=span.text[at:])
                return (*spans[:index], head), (tail, *spans[index + 1 :])
        cut = max(index, 1)
        return spans[:cut], spans[cut:]
    return spans, ()


def _seam(text: str, most: int, seams: tuple[str, ...]) -> int:
    for seam in seams:
        found = text.rfind(seam, most // 4, most)
        if found >= 0 and found + len(seam) <= most:
            return found + len(seam)
    return most

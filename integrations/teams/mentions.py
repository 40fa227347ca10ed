"""Who a Teams message speaks to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.ids import ExternalMember, ExternalTenant
from core.text import Block, Body, CodeBlock, MemberKey, Mention, Span, Text
from integrations.teams.fields import object_at, objects_at, text_at
from integrations.teams.ids import TEAMS, bot_member

_NO_PERSON_PREFIX = "19:"
_NO_PERSON_TYPES = frozenset({"channel", "team", "tag", "conversation", "everyone"})


@dataclass(frozen=True, slots=True)
class Mentions:
    """The mentions of one message, in the order in which Teams counts them."""

    entities: Sequence[Mapping[str, Any]]
    bots: frozenset[str]
    tenant: ExternalTenant

    @property
    def to_bot(self) -> bool:
        """Whether our own bot is among them."""
        return any(text_at(entity, "mentioned", "id") in self.bots for entity in self.entities)

    def in_html(self, index: str, shown: str) -> tuple[Span, ...]:
        """What stands in place of the mention with this index, or with this text."""
        if index.isascii() and index.isdigit() and len(index) < 6:
            number = int(index)
            if number < len(self.entities):
                return self._spans(self.entities[number], shown)
        return self.in_text(shown)

    def in_text(self, shown: str) -> tuple[Span, ...]:
        """What stands in place of `<at>shown</at>`."""
        for entity in self.entities:
            if shown and shown in (
                text_at(entity, "mentioned", "name"),
                text_at(entity, "text").removeprefix("<at>").removesuffix("</at>"),
            ):
                return self._spans(entity, shown)
        return (Mention(shown),) if shown else ()

    def _spans(self, entity: Mapping[str, Any], shown: str) -> tuple[Span, ...]:
        mentioned = object_at(entity, "mentioned")
        member = text_at(mentioned, "id")
        name = shown or text_at(mentioned, "name")
        if member in self.bots:
            return ()
        if member.startswith(_NO_PERSON_PREFIX) or text_at(mentioned, "type") in _NO_PERSON_TYPES:
            return (Text(name),) if name else ()
        if not name:
            return ()
        key = MemberKey(TEAMS, self.tenant, ExternalMember(member)) if member else None
        return (Mention(name, key),)


def mentions_of(activity: Mapping[str, Any], app_id: str, tenant: ExternalTenant) -> Mentions:
    """The mentions that an activity carries."""
    entities = [item for item in objects_at(activity, "entities") if item.get("type") == "mention"]
    bots = {text_at(activity, "recipient", "id"), bot_member(app_id), app_id} - {""}
    return Mentions(entities, frozenset(bots), tenant)


def join_names(body: Body) -> Body:
    """Make one mention of a person out of the two that Teams sends for first and last name."""
    return tuple(_joined(block) for block in body)


def _joined(block: Block) -> Block:
    if isinstance(block, CodeBlock):
        return block
    spans: list[Span] = []
    for span in block.spans:
        before = spans[-2] if len(spans) > 1 else None
        if (
            isinstance(span, Mention)
            and isinstance(before, Mention)
            and span.who is not None
            and span.who == before.who
            and span.name != before.name
            and isinstance(spans[-1], Text)
            and spans[-1].text == " "
        ):
            spans[-2:] = [replace(before, name=f"{before.name} {span.name}")]
        else:
            spans.append(span)
    return replace(block, spans=tuple(spans))

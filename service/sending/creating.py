"""Making copies: a message for a post, several for a long one, one for many when time is short."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.deliveries import Delivery, DeliveryState
from core.failures import Refused
from core.ids import ExternalMessage, Marker
from core.ports import SupportsLookUp, SupportsProbe
from core.posts import Post
from service.sending.turn_record import TurnRecord

_LOOK_BACK = timedelta(minutes=5)
"""How much earlier than the delivery its message could be dated; clocks differ."""


async def create(record: TurnRecord, delivery: Delivery) -> None:
    """Make the copy of one post, going on where an earlier attempt stopped."""
    post = record.post(delivery)
    unclear = delivery.unsure and await _recover(record, delivery)
    if post.deleted:
        # What was sent all the same is known as a copy now; its removal waits behind this.
        state = DeliveryState.UNCERTAIN if unclear else DeliveryState.SKIPPED
        record.settle([delivery], state, "taken back after an unclear answer" if unclear else "")
        return
    thread = record.thread_of(post)
    try:
        await _send_parts(record, delivery, post, thread)
    except Refused as failure:
        if failure.trouble is not None or thread is None:
            raise
        await _send_parts(record, delivery, post, None)
    if unclear:
        record.settle([delivery], DeliveryState.UNCERTAIN, "sent again after an unclear answer")
    else:
        record.settle([delivery], DeliveryState.DONE)


async def _send_parts(
    record: TurnRecord, delivery: Delivery, post: Post, thread: ExternalMessage | None
) -> None:
    quoted = record.root_post(post) if thread is None else None
    shown = record.shown_parts(post)
    for number, part in record.parts([post], quoted):
        if number in shown:
            continue
        below = thread or (shown.get(0) if part.in_thread else None)
        destination = record.destination(
            None if part.pointer else below,
            broadcast=post.broadcast and thread is not None and number == 0,
        )
        shown[number] = await record.send(destination, part, delivery.marker(number))
        record.shows(post, shown[number], number, destination.thread)


async def create_joined(record: TurnRecord, group: Sequence[Delivery]) -> None:
    """Make one message the copy of several posts, in order."""
    posts = [record.post(delivery) for delivery in group]
    thread = record.thread_of(posts[0])
    quoted = record.root_post(posts[0]) if thread is None else None
    parts = record.parts(posts, quoted)
    marker = Marker(",".join(delivery.marker() for delivery in group))
    message = await record.send(record.destination(thread), parts[0][1], marker)
    for post in posts:
        record.shows(post, message, 0, thread, joined=True)
    below = record.destination(thread or message)
    for number, part in parts[1:]:
        rest = await record.send(below, part, group[-1].marker(number))
        record.shows(posts[-1], rest, number, below.thread)
    record.settle(group, DeliveryState.DONE)


async def _recover(record: TurnRecord, delivery: Delivery) -> bool:
    """Find out what an earlier attempt did.

    True when the platform can't tell: then it is sent again once the destination answers (unless it
    was taken back), for a message twice is better than a message lost.
    """
    platform = record.around.platform
    if not isinstance(platform, SupportsLookUp):
        if isinstance(platform, SupportsProbe):
            await platform.probe(record.destination(None))
        return True
    post = record.post(delivery)
    thread = record.thread_of(post)
    found = await _found(record, platform, delivery, thread)
    if thread is None and 0 in found:
        found |= await _found(record, platform, delivery, found[0].message)
    known = record.shown_parts(post)
    for number, part in found.items():
        if number not in known:
            below = thread or (found[0].message if number and 0 in found else None)
            # Nobody knows which version was sent: an edit that is waiting must not be skipped.
            record.shows(post, part.message, number, below, joined=part.joined, version=0)
    return False


@dataclass(frozen=True, slots=True)
class _FoundPart:
    message: ExternalMessage
    joined: bool


async def _found(
    record: TurnRecord,
    platform: SupportsLookUp,
    delivery: Delivery,
    thread: ExternalMessage | None,
) -> dict[int, _FoundPart]:
    """The parts of a delivery that stand in the conversation, or in a thread of it."""
    if thread not in record.looked_up:
        since = delivery.created_at - _LOOK_BACK
        record.looked_up[thread] = await platform.find(record.destination(thread), since)
    parts: dict[int, _FoundPart] = {}
    for marker, message in record.looked_up[thread].items():
        for single in marker.split(","):
            owner, _, number = single.partition(".")
            if owner == str(delivery.id) and number.isdigit():
                parts[int(number)] = _FoundPart(message, joined="," in marker)
    return parts

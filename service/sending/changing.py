"""Changing copies: what they say, whether they are there, and the reactions on them."""

from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace

from core.decisions import mirrored_emoji
from core.deliveries import Delivery, DeliveryState
from core.failures import Refused
from core.ports import Part, SupportsEdit, SupportsReact, SupportsRemove
from core.posts import Copy, Post
from service.sending.turn_record import FIRST_FILE, FIRST_POINTER, TurnRecord

OUT = "globe_with_meridians"
LATE = "hourglass_flowing_sand"
"""The author's receipt: out to every city, or still on its way to some."""

RECEIPTS = (OUT, LATE)


async def update(record: TurnRecord, delivery: Delivery) -> None:
    """Make the copies of a post say what it says now."""
    post = record.post(delivery)
    copies = record.standing_copies(post)
    if post.deleted or not copies or all(copy.shown >= post.version for copy in copies):
        record.settle([delivery], DeliveryState.SKIPPED)
        return
    await _show_again(record, delivery, post, copies)
    record.settle([delivery], DeliveryState.DONE)


async def _show_again(
    record: TurnRecord, delivery: Delivery, post: Post, copies: list[Copy]
) -> None:
    """More text gets more messages, less text has some taken away."""
    platform = record.around.platform
    first = copies[0]
    texts = {copy.part: copy for copy in copies if copy.part < FIRST_FILE}
    parts = record.parts(await record.joined_posts(first, post), named=first.joined)
    await _show_files_again(record, delivery, post, copies, parts)
    for number, part in parts:
        copy = texts.pop(number, None)
        if number >= FIRST_FILE or (copy is None and number >= FIRST_POINTER):
            continue
        if copy is None:
            below = record.destination(first.thread or first.message)
            message = await record.send(below, part, delivery.marker(number))
            record.shows(post, message, number, below.thread)
        elif isinstance(platform, SupportsEdit):
            await platform.edit(record.destination(copy.thread), copy.message, part)
            record.change(replace(copy, shown=post.version))
    for surplus in texts.values():
        if not surplus.joined:
            await _take_away(record, surplus)


async def _show_files_again(
    record: TurnRecord,
    delivery: Delivery,
    post: Post,
    copies: list[Copy],
    parts: list[tuple[int, Part]],
) -> None:
    """A copy does not tell which file it shows: when one came or went, all are shown anew."""
    shown = [copy for copy in copies if copy.part >= FIRST_FILE]
    wanted = [(number, part) for number, part in parts if number >= FIRST_FILE]
    if len(shown) == len(wanted):
        return
    for copy in shown:
        await _take_away(record, copy)
    below = record.destination(copies[0].thread or copies[0].message)
    for number, part in wanted:
        message = await record.send(below, part, delivery.marker(number))
        record.shows(post, message, number, below.thread)


async def remove(record: TurnRecord, delivery: Delivery) -> None:
    """Take the copies of a post away; a joined message keeps what the others say."""
    post = record.post(delivery)
    platform = record.around.platform
    for copy in reversed(record.standing_copies(post)):
        rest = [other for other in await record.joined_posts(copy, post) if other.id != post.id]
        if copy.joined and rest and isinstance(platform, SupportsEdit):
            _, part = record.parts(rest, named=True)[0]
            await platform.edit(record.destination(copy.thread), copy.message, part)
            record.change(replace(copy, gone=True))
        else:
            await _take_away(record, copy)
    record.settle([delivery], DeliveryState.DONE)


async def _take_away(record: TurnRecord, copy: Copy) -> None:
    platform = record.around.platform
    if isinstance(platform, SupportsRemove):
        await platform.remove(record.destination(copy.thread), copy.message)
        record.change(replace(copy, gone=True))


async def show_tally(record: TurnRecord, delivery: Delivery) -> None:
    """Show the newest count of reactions on the copy, and mirror each emoji once."""
    post = record.post(delivery)
    origin = record.origin_copy(post)
    copy = origin or next(iter(record.standing_copies(post)), None)
    if post.deleted or copy is None:
        record.settle([delivery], DeliveryState.SKIPPED)
        return
    platform = record.around.platform
    if origin is None and isinstance(platform, SupportsEdit):
        await _show_counts(record, platform, post, copy)
    receipts = tuple(emoji for emoji in copy.reactions if emoji in RECEIPTS)
    mirrored = mirrored_emoji(post, record.claimed.workspace)
    await _show_reactions(record, copy, (*receipts, *mirrored))
    record.settle([delivery], DeliveryState.DONE)


async def _show_counts(record: TurnRecord, platform: SupportsEdit, post: Post, first: Copy) -> None:
    """The tally stands below the text, wherever that ends."""
    copies = {copy.part: copy for copy in record.standing_copies(post)}
    posts = await record.joined_posts(first, post)
    for number, part in record.parts(posts, named=first.joined):
        copy = copies.get(number)
        if copy is not None and number < FIRST_POINTER:
            await platform.edit(record.destination(copy.thread), copy.message, part)


async def show_receipt(record: TurnRecord, delivery: Delivery) -> None:
    """Show the author whether the post is out to every city."""
    post = record.post(delivery)
    origin = record.origin_copy(post)
    if post.deleted or origin is None:
        record.settle([delivery], DeliveryState.SKIPPED)
        return
    receipt = OUT if await record.around.is_out(post.id) else LATE
    others = tuple(emoji for emoji in origin.reactions if emoji not in RECEIPTS)
    await _show_reactions(record, origin, (*others, receipt))
    record.settle([delivery], DeliveryState.DONE)


async def _show_reactions(record: TurnRecord, copy: Copy, wanted: tuple[str, ...]) -> None:
    """Make our reactions on a message these. An emoji that the platform lacks is left out."""
    platform = record.around.platform
    if not isinstance(platform, SupportsReact) or copy.joined:
        return
    destination = record.destination(copy.thread)
    for emoji in wanted:
        if emoji not in copy.reactions:
            await _unless_refused(platform.react(destination, copy.message, emoji))
    for emoji in copy.reactions:
        if emoji not in wanted:
            await _unless_refused(platform.unreact(destination, copy.message, emoji))
    record.change(replace(copy, reactions=wanted))


async def _unless_refused(call: Awaitable[None]) -> None:
    """A refused reaction is not worth more than that: the next message tells of real trouble."""
    with suppress(Refused):
        await call

"""Emoji that people give to posts: who gives which now, and everything that went before."""

from datetime import datetime

from core.ids import MemberId, PostId
from storage.engine import Transaction
from storage.tables import reaction_history, reactions


async def change_reaction(
    transaction: Transaction,
    post: PostId,
    member: MemberId,
    emoji: str,
    character: str,
    *,
    added: bool,
    at: datetime,
) -> bool:
    """Note an emoji given or taken back; false when that is how it was already."""
    if added:
        changed = await transaction.run(
            transaction.insert(reactions)
            .values(post_id=post, member_id=member, emoji=emoji, character=character, at=at)
            .on_conflict_do_nothing()
        )
    else:
        changed = await transaction.run(
            reactions.delete().where(
                reactions.c.post_id == post,
                reactions.c.member_id == member,
                reactions.c.emoji == emoji,
            )
        )
    if changed:
        await transaction.run(
            transaction.insert(reaction_history).values(
                post_id=post, member_id=member, emoji=emoji, added=added, at=at
            )
        )
    return bool(changed)

"""Who has claimed a conversation's turn, and freeing the claims of nodes that died."""

import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, update

from core.ids import NodeId
from storage.engine import Transaction
from storage.tables import inbox_lanes, lanes


def new_token(node: NodeId) -> str:
    """A claim's token, from which the node can be told."""
    return f"{node}/{secrets.token_hex(8)}"


async def free_claims(transaction: Transaction, living: Collection[NodeId], now: datetime) -> int:
    """End the claims of all nodes but these; gives back how many.

    What they had begun to send is handed out again as unsure.
    """
    freed = 0
    for table in (lanes, inbox_lanes):
        foreign = [
            ~table.c.claim_token.startswith(f"{node}/", autoescape=True) for node in sorted(living)
        ]
        freed += await transaction.run(
            update(table)
            .where(
                and_(
                    table.c.claim_token.is_not(None),
                    table.c.claimed_until > now,
                    *foreign,
                )
            )
            .values(claimed_until=now)
        )
    return freed

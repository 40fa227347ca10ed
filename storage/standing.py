"""Who has got a post, and who has not: one line for each conversation it goes to."""

from sqlalchemy import func, select

from core.channels import Trouble
from core.deliveries import DeliveryState
from core.ids import LinkId, PlatformName, PostId, WorkspaceId
from core.standing import Standing
from storage.engine import Transaction
from storage.lanes import CREATE, OPEN
from storage.tables import cities, deliveries, links, posts, workspaces


async def standing_of(transaction: Transaction, post: PostId) -> list[Standing]:
    """The standing of a post everywhere but where it was written, by city."""
    rows = await transaction.rows(
        select(
            links.c.id,
            links.c.trouble,
            workspaces.c.name,
            workspaces.c.platform,
            cities.c.name.label("city_name"),
            cities.c.state.label("city_state"),
            deliveries.c.state,
            deliveries.c.error,
            deliveries.c.created_at,
            deliveries.c.settled_at,
        )
        .select_from(deliveries)
        .join(links, links.c.id == deliveries.c.link_id)
        .join(workspaces, workspaces.c.id == links.c.workspace_id)
        .outerjoin(cities, cities.c.id == workspaces.c.city_id)
        .where(deliveries.c.post_id == post, deliveries.c.kind == CREATE)
        .order_by(deliveries.c.id)
    )
    found = [
        Standing(
            link=LinkId(row.id),
            city=row.name if row.city_name is None else f"{row.city_name}, {row.city_state}",
            workspace=row.name,
            platform=PlatformName(row.platform),
            state=DeliveryState(row.state),
            since=row.settled_at or row.created_at,
            trouble=None if row.trouble is None else Trouble(row.trouble),
            error=row.error,
        )
        for row in rows
    ]
    return sorted(found, key=lambda standing: (standing.city, standing.link))


async def is_out(transaction: Transaction, post: PostId) -> bool:
    """Whether no conversation waits for a post any more."""
    waiting = select(deliveries.c.id).where(
        deliveries.c.post_id == post, deliveries.c.kind == CREATE, OPEN
    )
    return await transaction.row(waiting.limit(1)) is None


async def on_the_way(transaction: Transaction, workspace: WorkspaceId) -> int:
    """How many posts written in a workspace some conversation is still waiting for."""
    counted: int = await transaction.value(
        select(func.count(deliveries.c.post_id.distinct()))
        .select_from(deliveries)
        .join(posts, posts.c.id == deliveries.c.post_id)
        .join(links, links.c.id == posts.c.origin_id)
        .where(links.c.workspace_id == workspace, deliveries.c.kind == CREATE, OPEN)
    )
    return counted

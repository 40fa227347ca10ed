"""How the exchange stands, for the operator. A fixed number of statements, whatever its size."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Select, String, cast, func, literal_column, select

from core.channels import Trouble
from core.deliveries import LATE_AFTER, DeliveryKind, DeliveryState
from core.ids import DeliveryId, InboxId, LinkId, NodeId, PlatformName, PostId, WorkspaceId
from core.places import WorkspaceState
from storage.database import Database
from storage.engine import Transaction
from storage.lanes import CREATE, OPEN, WAITING
from storage.tables import audit, cities, deliveries, inbox, links, nodes, workspaces
from storage.unit import Unit

_SHOWN = 100
_LATELY = timedelta(days=7)
_FOUND = ("link stopped", "channel silent", "permissions missing")
_TOLD = "admins told"
_MENDED = "link mended"
_NODE_GONE = timedelta(minutes=1)
_LABEL = func.coalesce(
    cities.c.name + ", " + cities.c.state,
    func.nullif(workspaces.c.name, ""),
    cast(workspaces.c.external_id, String),
)


@dataclass(frozen=True, slots=True)
class InboxStatus:
    """Events that wait to be handled, and how long the oldest has been here."""

    depth: int
    oldest_age: timedelta | None
    failed: int


@dataclass(frozen=True, slots=True)
class WorkspaceStatus:
    """One workspace: what waits for it, since when, and when we last heard of it.

    `late` counts posts that should have arrived by now.
    """

    workspace: WorkspaceId
    platform: PlatformName
    city: str
    state: WorkspaceState
    depth: int
    oldest_age: timedelta | None
    late: int
    last_event_at: datetime | None


@dataclass(frozen=True, slots=True)
class LostDelivery:
    """A delivery that failed for good, or of which nobody knows whether it arrived."""

    delivery: DeliveryId
    post: PostId | None
    link: LinkId
    city: str
    kind: DeliveryKind
    state: DeliveryState
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class FailedEvent:
    """An event that could not be handled and was set aside."""

    event: InboxId
    platform: PlatformName
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class TroubledLink:
    """A link that has stopped working, and how much waits for it."""

    link: LinkId
    city: str
    conversation: str
    trouble: Trouble
    since: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Episode:
    """What happened to a link or a workspace lately: when something was found, when its admins
    were told, and when it was mended; None for what has not happened."""

    reference: str
    city: str
    what: str
    found: datetime
    told: datetime | None = None
    mended: datetime | None = None


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """A process that serves or has served."""

    node: NodeId
    started_at: datetime
    seen_at: datetime
    live: bool


@dataclass(frozen=True, slots=True)
class Status:
    """Everything at one moment. Of lost deliveries and failed events, the newest hundred each."""

    at: datetime
    inbox: InboxStatus
    workspaces: tuple[WorkspaceStatus, ...]
    uncertain: tuple[LostDelivery, ...]
    failed: tuple[LostDelivery, ...]
    failed_events: tuple[FailedEvent, ...]
    troubled: tuple[TroubledLink, ...]
    lately: tuple[Episode, ...]
    nodes: tuple[NodeStatus, ...]

    @property
    def outbox_depth(self) -> int:
        """How many deliveries wait, over all workspaces."""
        return sum(workspace.depth for workspace in self.workspaces)

    @property
    def late(self) -> int:
        """How many posts should have arrived by now and have not, counted for each conversation."""
        return sum(workspace.late for workspace in self.workspaces)


async def snapshot(database: Database, now: datetime) -> Status:
    """How things stand at this moment, read in one transaction."""
    async with database.view() as unit:
        transaction = unit.transaction
        return Status(
            at=now,
            inbox=await _inbox(transaction, now),
            workspaces=await _workspaces(transaction, now),
            uncertain=await _lost(transaction, DeliveryState.UNCERTAIN),
            failed=await _lost(transaction, DeliveryState.FAILED),
            failed_events=await _failed_events(transaction),
            troubled=await _troubled(transaction),
            lately=await _lately(transaction, now),
            nodes=await _nodes(transaction, now),
        )


async def _inbox(transaction: Transaction, now: datetime) -> InboxStatus:
    waiting = await transaction.row(
        select(func.count().label("depth"), func.min(inbox.c.received_at).label("oldest")).where(
            inbox.c.state == WAITING
        )
    )
    failed = await transaction.value(
        select(func.count()).where(inbox.c.state == literal_column("'failed'"))
    )
    if waiting is None:
        return InboxStatus(0, None, failed)
    return InboxStatus(waiting.depth, _age(waiting.oldest, now), failed)


async def late_at(unit: Unit, workspace: WorkspaceId, now: datetime) -> int:
    """How many posts should have arrived in a workspace by now and have not."""
    return int(
        await unit.transaction.value(
            select(func.count())
            .select_from(deliveries)
            .join(links, links.c.id == deliveries.c.link_id)
            .where(
                links.c.workspace_id == workspace,
                OPEN,
                deliveries.c.kind == CREATE,
                deliveries.c.created_at < now - LATE_AFTER,
            )
        )
    )


async def _workspaces(transaction: Transaction, now: datetime) -> tuple[WorkspaceStatus, ...]:
    is_late = (deliveries.c.kind == CREATE) & (deliveries.c.created_at < now - LATE_AFTER)
    waiting = (
        select(
            links.c.workspace_id,
            func.count().label("depth"),
            func.count().filter(is_late).label("late"),
            func.min(deliveries.c.created_at).label("oldest"),
        )
        .join(links, links.c.id == deliveries.c.link_id)
        .where(OPEN)
        .group_by(links.c.workspace_id)
        .subquery()
    )
    rows = await transaction.rows(
        select(workspaces, _LABEL.label("label"), waiting.c.depth, waiting.c.late, waiting.c.oldest)
        .outerjoin(cities, cities.c.id == workspaces.c.city_id)
        .outerjoin(waiting, waiting.c.workspace_id == workspaces.c.id)
        .order_by(workspaces.c.id)
    )
    return tuple(
        WorkspaceStatus(
            workspace=WorkspaceId(row.id),
            platform=PlatformName(row.platform),
            city=row.label,
            state=WorkspaceState(row.state),
            depth=row.depth or 0,
            oldest_age=_age(row.oldest, now),
            late=row.late or 0,
            last_event_at=row.last_event_at,
        )
        for row in rows
    )


async def _lost(transaction: Transaction, state: DeliveryState) -> tuple[LostDelivery, ...]:
    rows = await transaction.rows(
        _placed(select(deliveries, _LABEL.label("label")).select_from(deliveries))
        .where(
            deliveries.c.state.in_([literal_column("'failed'"), literal_column("'uncertain'")]),
            deliveries.c.state == state.value,
        )
        .order_by(deliveries.c.id.desc())
        .limit(_SHOWN)
    )
    return tuple(
        LostDelivery(
            delivery=DeliveryId(row.id),
            post=None if row.post_id is None else PostId(row.post_id),
            link=LinkId(row.link_id),
            city=row.label,
            kind=DeliveryKind(row.kind),
            state=DeliveryState(row.state),
            at=row.settled_at or row.created_at,
            error=row.error,
        )
        for row in rows
    )


def _placed(statement: Select[tuple[object, ...]]) -> Select[tuple[object, ...]]:
    return (
        statement.join(links, links.c.id == deliveries.c.link_id)
        .join(workspaces, workspaces.c.id == links.c.workspace_id)
        .outerjoin(cities, cities.c.id == workspaces.c.city_id)
    )


async def _failed_events(transaction: Transaction) -> tuple[FailedEvent, ...]:
    rows = await transaction.rows(
        select(inbox.c.id, inbox.c.platform, inbox.c.received_at, inbox.c.error)
        .where(inbox.c.state == literal_column("'failed'"))
        .order_by(inbox.c.id.desc())
        .limit(_SHOWN)
    )
    return tuple(
        FailedEvent(InboxId(row.id), PlatformName(row.platform), row.received_at, row.error)
        for row in rows
    )


async def _troubled(transaction: Transaction) -> tuple[TroubledLink, ...]:
    waiting = (
        select(func.count())
        .where(deliveries.c.link_id == links.c.id, OPEN)
        .correlate(links)
        .scalar_subquery()
    )
    rows = await transaction.rows(
        select(links, _LABEL.label("label"), waiting.label("waiting"))
        .join(workspaces, workspaces.c.id == links.c.workspace_id)
        .outerjoin(cities, cities.c.id == workspaces.c.city_id)
        .where(links.c.trouble.is_not(None), links.c.removed_at.is_(None))
        .order_by(links.c.trouble_since, links.c.id)
    )
    return tuple(
        TroubledLink(
            link=LinkId(row.id),
            city=row.label,
            conversation=row.conversation_name or row.conversation,
            trouble=Trouble(row.trouble),
            since=row.trouble_since,
            waiting=row.waiting,
        )
        for row in rows
    )


async def _lately(transaction: Transaction, now: datetime) -> tuple[Episode, ...]:
    """What was found in the last days, from the trail, the newest first."""
    rows = await transaction.rows(
        select(audit, _LABEL.label("label"))
        .join(workspaces, workspaces.c.id == audit.c.workspace_id)
        .outerjoin(cities, cities.c.id == workspaces.c.city_id)
        .where(audit.c.act.in_((*_FOUND, _TOLD, _MENDED)), audit.c.at >= now - _LATELY)
        .order_by(audit.c.id.desc())
        .limit(_SHOWN * 4)
    )
    episodes: list[Episode] = []
    newest: dict[str, int] = {}
    for row in reversed(rows):
        open_one = newest.get(row.subject)
        if row.act in _FOUND:
            newest[row.subject] = len(episodes)
            what = str(row.detail.get("trouble") or row.act)
            episodes.append(Episode(row.subject, row.label, what, row.at))
        elif open_one is not None:
            known = episodes[open_one]
            when = {"told": known.told or row.at} if row.act == _TOLD else {"mended": row.at}
            episodes[open_one] = replace(known, **when)
    return tuple(reversed(episodes[-_SHOWN:]))


async def _nodes(transaction: Transaction, now: datetime) -> tuple[NodeStatus, ...]:
    rows = await transaction.rows(select(nodes).order_by(nodes.c.seen_at.desc()).limit(_SHOWN))
    return tuple(
        NodeStatus(NodeId(row.id), row.started_at, row.seen_at, row.seen_at >= now - _NODE_GONE)
        for row in rows
    )


def _age(since: datetime | None, now: datetime) -> timedelta | None:
    return None if since is None else now - since

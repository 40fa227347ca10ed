"""The channels of the exchange."""

from dataclasses import dataclass

from sqlalchemy import func, select

from core.channels import Channel, ChannelKind
from core.ids import ChannelId
from core.places import City, WorkspaceState, size_range
from storage.engine import Transaction
from storage.rows import channel_of
from storage.tables import channels, cities, links, workspaces


@dataclass(frozen=True, slots=True)
class Following:
    """How many cities follow a channel, how many of them are of one's size, and near by."""

    cities: int = 0
    alike: int = 0
    near: int = 0


class ChannelsRepository:
    """Channels by id and slug."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, slug: str, name: str, kind: ChannelKind) -> Channel:
        """Add a channel; one with this slug gets the name and kind given here."""
        values = {"name": name, "kind": kind.value}
        fresh = self._transaction.insert(channels).values(slug=slug, **values)
        row = await self._transaction.row(
            fresh.on_conflict_do_update(index_elements=["slug"], set_=values).returning(channels)
        )
        if row is None:
            raise KeyError(slug)
        return channel_of(row._mapping)

    async def by_slug(self, slug: str) -> Channel | None:
        """A channel by its name in commands."""
        row = await self._transaction.row(select(channels).where(channels.c.slug == slug))
        return None if row is None else channel_of(row._mapping)

    async def get(self, channel: ChannelId) -> Channel | None:
        """A channel by our id."""
        row = await self._transaction.row(select(channels).where(channels.c.id == channel))
        return None if row is None else channel_of(row._mapping)

    async def list(self) -> list[Channel]:
        """All channels by slug."""
        rows = await self._transaction.rows(select(channels).order_by(channels.c.slug))
        return [channel_of(row._mapping) for row in rows]

    async def following(self, city: City | None) -> dict[ChannelId, Following]:
        """Who follows each channel, seen from a city; a channel that nobody follows is left out."""
        least, most = size_range(city.size) if city is not None else (-1, -1)
        each = func.count(cities.c.id.distinct())
        rows = await self._transaction.rows(
            select(
                links.c.channel_id,
                each.label("cities"),
                each.filter(cities.c.population.between(least, most)).label("alike"),
                each.filter(cities.c.state == (city.state if city else "")).label("near"),
            )
            .join(workspaces, workspaces.c.id == links.c.workspace_id)
            .join(cities, cities.c.id == workspaces.c.city_id)
            .where(
                links.c.removed_at.is_(None),
                workspaces.c.state == WorkspaceState.CONFIRMED.value,
                cities.c.id != (city.id if city else ""),
            )
            .group_by(links.c.channel_id)
        )
        return {
            ChannelId(row.channel_id): Following(row.cities, row.alike, row.near) for row in rows
        }

"""The channels of the exchange."""

from sqlalchemy import select

from core.channels import Channel, ChannelKind
from core.ids import ChannelId
from storage.engine import Transaction
from storage.rows import channel_of
from storage.tables import channels


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

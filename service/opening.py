"""Opens the database as the service needs it: there, migrated, with something in it."""

import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from os import getpid

from core.ids import NodeId
from service.clock import Clock
from service.directory.seed import seed_if_empty
from service.settings import ExchangeSettings, read_settings
from storage.database import Database
from storage.errors import NotMigrated
from storage.migrating import migrate
from storage.unit import Unit


def new_node() -> NodeId:
    """A name for this process that no other has."""
    return NodeId(f"{socket.gethostname()}-{getpid()}-{secrets.token_hex(3)}")


async def open_database(
    settings: ExchangeSettings, *, clock: Clock, node: NodeId, exclusive: bool = False
) -> Database:
    """The database, ready for use; a new or an older one is migrated and seeded first.

    Raises `storage.errors.StorageError`, whose text says what to do.
    """

    async def opened() -> Database:
        return await Database.open(
            settings.database_url,
            node=node,
            clock=clock,
            secret_keys=settings.secret_keys,
            exclusive=exclusive,
        )

    try:
        database = await opened()
    except NotMigrated:
        await migrate(settings.database_url)
        database = await opened()
    await seed_if_empty(database)
    return database


@asynccontextmanager
async def command_database() -> AsyncIterator[Database]:
    """The database for one command; works beside a running server."""
    settings = read_settings(ExchangeSettings)
    database = await open_database(settings, clock=Clock(), node=new_node())
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def reading() -> AsyncIterator[Unit]:
    """What a command reads, in one piece."""
    async with command_database() as database, database.view() as unit:
        yield unit


@asynccontextmanager
async def writing() -> AsyncIterator[Unit]:
    """What a command changes, in one piece: all of it, or nothing when it fails."""
    async with command_database() as database, database.unit() as unit:
        yield unit

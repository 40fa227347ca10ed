"""`migrate`: brings the database to this version."""

import argparse

from service.commands.output import show
from service.commands.parsing import Subparsers, add_command
from service.settings import ExchangeSettings, read_settings


def add_to(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the command."""
    add_command(
        parsers, "migrate", run, about="bring the database to this version; others do it too"
    )


async def run(arguments: argparse.Namespace) -> None:
    """Migrate, and fill a new database with its first cities and channels."""
    from service.opening import reading
    from storage.migrating import migrate

    settings = read_settings(ExchangeSettings)
    await migrate(settings.database_url)
    async with reading() as unit:
        cities = await unit.cities.count()
        channels = len(await unit.channels.list())
    lines = [f"The database is up to date: {cities:,} cities, {channels:,} channels."]
    show({"migrated": True, "cities": cities, "channels": channels}, arguments.json, lines)

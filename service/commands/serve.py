"""`serve`: runs the exchange until it is told to stop."""

import argparse
import asyncio
import logging
import signal
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from service.commands.failure import CommandFailed
from service.commands.parsing import Subparsers, add_group_parser
from service.listening import CannotListen, address_of, listen
from service.settings import ExchangeSettings, SettingsWrong, read_settings

if TYPE_CHECKING:
    from service.exchange import Exchange
    from service.platforms import PlatformSettings

logger = logging.getLogger("service")

HAND_OVER_SECONDS = 0.0002
"""How long one thread keeps the interpreter while another waits for it. SQLite's thread lets go of
it for every row: with Python's usual 5 ms, 400 rows took up to 300 ms while messages were being
sent; with this, less than 7 ms."""


def add_to(parsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = add_group_parser(
        parsers, "serve", "run the exchange; with no platform configured, the sandbox"
    )
    parser.add_argument("--host", help="in place of EXCHANGE_HOST")
    parser.add_argument("--port", type=_port, help="in place of EXCHANGE_PORT; 0 takes a free one")
    parser.add_argument("--json", action="store_true", help="log JSON lines")
    parser.set_defaults(start=start)


def _port(word: str) -> int:
    if not (word.isascii() and word.isdecimal() and int(word) <= 65_535):
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(word)


def start(arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code."""
    # Imported late: --help answers without loading the service.
    from service.logs import set_up_logging
    from service.platforms import PlatformSettings

    settings = _settings(arguments)
    platform_settings = PlatformSettings.read()
    set_up_logging(settings.log_format, settings.log_level)
    sys.setswitchinterval(HAND_OVER_SECONDS)
    try:
        asyncio.run(serve(settings, platform_settings))
    except CannotListen as error:
        raise CommandFailed(str(error), "", "") from None
    return 0


def _settings(arguments: argparse.Namespace) -> ExchangeSettings:
    settings = read_settings(ExchangeSettings)
    changes: dict[str, object] = {}
    if arguments.host is not None:
        changes["host"] = arguments.host
    if arguments.port is not None:
        changes["port"] = arguments.port
    if arguments.json:
        changes["log_format"] = "json"
    return settings.model_copy(update=changes)


async def serve(settings: ExchangeSettings, platform_settings: "PlatformSettings") -> None:
    """Start, say where, wait for a signal, stop."""
    stopped = _stop_on_signals()
    if platform_settings.nothing_set:
        await _serve_sandbox(settings, stopped)
    else:
        await _serve_exchange(settings, platform_settings, stopped)
    logger.info("Stopped")


async def _serve_exchange(
    settings: ExchangeSettings, platform_settings: "PlatformSettings", stopped: asyncio.Event
) -> None:
    from service.clock import Clock
    from service.exchange import Exchange

    async with AsyncExitStack() as stack:
        listening = stack.enter_context(listen(settings.host, settings.port, "EXCHANGE_PORT"))
        address = address_of(settings.host, listening)
        exchange = Exchange(
            settings, platform_settings, clock=Clock(), base_url=settings.base_url or address
        )
        stack.push_async_callback(exchange.stop)
        await exchange.open()
        await exchange.start(listening)
        _introduce(exchange, settings, address)
        await _what_to_do_next(exchange, settings)
        await _wait(stopped)


async def _serve_sandbox(settings: ExchangeSettings, stopped: asyncio.Event) -> None:
    from service.clock import Clock
    from service.sandbox.mode import Sandbox

    if not settings.listens_on_loopback:
        raise SettingsWrong(
            "EXCHANGE_HOST opens the server to others, but no platform is configured, and the "
            "sandbox is for this machine only. Set SLACK_SIGNING_SECRET or TEAMS_APP_ID, or "
            "leave EXCHANGE_HOST out."
        )
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(listen(settings.host, settings.port, "EXCHANGE_PORT"))
        address = address_of(settings.host, listening)
        sandbox = await stack.enter_async_context(Sandbox(settings, Clock(), address))
        await sandbox.exchange.open()
        await sandbox.open_page()
        await sandbox.exchange.start(listening)
        sandbox.talk()
        _introduce(sandbox.exchange, sandbox.settings, address)
        logger.info(
            "No platform is configured, so this is the sandbox: nothing leaves this machine"
        )
        logger.info("Open it in a browser: %s", sandbox.url)
        await _wait(stopped)


def _introduce(exchange: "Exchange", settings: ExchangeSettings, address: str) -> None:
    logger.info("Listening on %s", address)
    kind = "SQLite" if settings.is_sqlite else "PostgreSQL"
    place = settings.database_url.rpartition(":///")[2] if settings.is_sqlite else ""
    logger.info("Database: %s %s", kind, place)
    for built in exchange.platforms:
        logger.info("%s", built.summary)


async def _what_to_do_next(exchange: "Exchange", settings: ExchangeSettings) -> None:
    if not settings.base_url:
        logger.info(
            "EXCHANGE_BASE_URL is not set: pictures and links to files work on this network only"
        )
    async with exchange.database.view() as unit:
        workspaces = await unit.workspaces.list()
    if not workspaces:
        logger.info(
            "No city takes part yet. Next: python -m service workspaces add --help, then links add"
        )


async def _wait(stopped: asyncio.Event) -> None:
    logger.info("Ready. Stop with Ctrl+C")
    await stopped.wait()
    logger.info("Stopping: finishing what is in flight")


def _stop_on_signals() -> asyncio.Event:
    """An event that the first SIGTERM or SIGINT sets. The second one ends the process at once."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    both = (signal.SIGTERM, signal.SIGINT)

    def stop() -> None:
        stopped.set()
        for each in both:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)

    for each in both:
        loop.add_signal_handler(each, stop)
    return stopped

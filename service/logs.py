"""Logging: readable lines or JSON, never the text of a message, never a token."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

from typing_extensions import override

QUIET = (
    "aiohttp.access",
    "aiosqlite",
    "alembic",
    "apscheduler",
    "asyncio",
    "botbuilder",
    "msal",
    "msrest",
    "slack_bolt",
    "slack_sdk",
    "sqlalchemy",
    "urllib3",
)
"""Others' loggers: their debug and info lines may hold whole payloads."""

SECRETS = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w-]+"  # Slack tokens
    r"|xapp-[\w-]+"
    r"|eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"  # JSON web tokens
    r"|(?i:bearer\s+)\S+"
    r"|(?<=://)[^/\s:@]+:[^@\s/]+(?=@)"  # user and password in an address
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class WithoutSecrets(logging.Filter):
    """Takes out whatever looks like a token or a password, wherever it came from."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _masked(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = _masked(logging.Formatter().formatException(record.exc_info))
        for name in set(vars(record)) - _STANDARD:
            value = getattr(record, name)
            if isinstance(value, str):
                setattr(record, name, _masked(value))
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, what was given as `extra`."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in sorted(set(vars(record)) - _STANDARD)}
        if record.exc_text:
            line["error"] = record.exc_text
        return json.dumps(line, ensure_ascii=False, default=str)


class ReadableLines(logging.Formatter):
    """A line for people: the time in UTC, the level where it matters, the message."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        extra = sorted(set(vars(record)) - _STANDARD)
        details = " ".join(f"{name}={getattr(record, name)}" for name in extra)
        line = f"{time} {level}{record.getMessage()}" + (f" ({details})" if details else "")
        return f"{line}\n{record.exc_text}" if record.exc_text else line


def _masked(text: str) -> str:
    return SECRETS.sub("[secret]", text)


def set_up_logging(
    form: Literal["text", "json"], level: str, stream: TextIO | None = None
) -> logging.Handler:
    """Send everything to one stream (standard error by default), in one form."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.addFilter(WithoutSecrets())
    handler.setFormatter(JsonLines() if form == "json" else ReadableLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    return handler

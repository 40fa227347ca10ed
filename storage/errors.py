"""What can go wrong with the database, in our own words.

StorageError
├── DatabaseInUse        another `serve` holds the SQLite file
├── NotMigrated          the schema is missing, older or newer than this program
├── SecretKeysMissing    there is nothing to read or write tokens with
├── DatabaseUnreachable  the database does not answer; trying again later may help
├── ConflictingWrites    two transactions waited for each other; trying again at once helps
├── ClaimLost            somebody else has taken over what we had claimed
├── LinkExists           the conversation is linked already
└── RuleBroken           the database refused a write that would break one of its rules
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc


class StorageError(Exception):
    """The database could not do what was asked."""


class DatabaseInUse(StorageError):
    """Another process serves from the same SQLite file."""


class NotMigrated(StorageError):
    """The database does not have the tables that this program needs."""


class SecretKeysMissing(StorageError):
    """There is no key to read or write tokens with."""


class DatabaseUnreachable(StorageError):
    """The database does not answer. Trying again later may help."""


class ConflictingWrites(StorageError):
    """Two transactions waited for each other and this one gave way. Doing it again helps."""


class ClaimLost(StorageError):
    """The claim ran out and somebody else has taken over. Nothing was written."""


class LinkExists(StorageError):
    """The conversation is linked already; the text says to which channel."""


class RuleBroken(StorageError):
    """The database refused a write that would break one of its rules. Nothing was written."""


#: PostgreSQL's codes for a transaction that gave way: serialization failure, deadlock.
_GAVE_WAY = {"40001", "40P01"}


def _unreachable(cause: object) -> DatabaseUnreachable:
    return DatabaseUnreachable(
        f"The database does not answer ({cause}). Is it running, and is EXCHANGE_DATABASE_URL "
        "right?"
    )


def translated(error: Exception) -> StorageError | None:
    """Our error for one of the driver's, or None when it is not about the database."""
    cause = getattr(error, "orig", None) or error
    if str(getattr(cause, "sqlstate", "")) in _GAVE_WAY:
        return ConflictingWrites("Two writes got into each other's way. Try again.")
    if isinstance(error, exc.IntegrityError):
        return RuleBroken(f"The database refused a write: {cause}")
    if isinstance(
        error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError | exc.DisconnectionError
    ):
        return _unreachable(cause)
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return _unreachable(cause)
    if isinstance(error, exc.SQLAlchemyError):
        return StorageError(f"The database could not do what was asked: {cause}")
    if type(error).__module__.startswith("asyncpg."):
        return _unreachable(cause)
    return None


@contextmanager
def driver_errors(*, connecting: bool = False) -> Iterator[None]:
    """The one border at which errors of the driver become ours; all others pass.

    While `connecting`, an OSError (refused, no such host, no such file) is the driver's as well.
    """
    try:
        yield
    except StorageError:
        raise
    except Exception as error:
        ours = translated(error)
        if ours is None and connecting and isinstance(error, OSError):
            ours = _unreachable(error)
        if ours is None:
            raise
        raise ours from error

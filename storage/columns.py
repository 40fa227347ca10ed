"""Kinds of columns that mean the same on SQLite and on PostgreSQL."""

from typing import Any, cast

from sqlalchemy import JSON, BigInteger, Column, Dialect, Index, Integer, Table, Text, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel
from typing_extensions import override

BigId = BigInteger().with_variant(Integer(), "sqlite")
Json = JSON(none_as_null=True)


class CleanText(TypeDecorator[str]):
    """Text that every database takes: a NUL or half a surrogate pair becomes U+FFFD."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Make it storable."""
        return None if value is None else clean(value)


def clean(value: str) -> str:
    """A text as the database keeps it. Only what needs it is touched."""
    if value.isascii() and "\x00" not in value:
        return value
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "\ufffd")


def own_id() -> Any:
    """A primary key that the database counts up."""
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def reference(target: str, *, nullable: bool = False, primary_key: bool = False) -> Any:
    """An id of a row in another table, for example `links.id`."""
    return Field(
        default=None,
        sa_type=cast("type[Any]", BigId),
        foreign_key=target,
        nullable=nullable,
        primary_key=primary_key,
    )


def words(*, primary_key: bool = False, nullable: bool = False) -> Any:
    """Text of any length."""
    return Field(default=None, sa_type=CleanText, primary_key=primary_key, nullable=nullable)


def json(*, nullable: bool = False) -> Any:
    """A value kept as JSON text (PostgreSQL's jsonb would refuse a NUL)."""
    return Field(default=None, sa_type=cast("type[Any]", Json), nullable=nullable)


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the few rows that work is left for."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def table(row: type[SQLModel]) -> Table:
    """The plain table behind a row class."""
    return cast("Table", cast("Any", row).__table__)

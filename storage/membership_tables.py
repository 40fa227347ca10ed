"""The tables of who takes part: claims, the operator's place, settings, and roles that were given.

Private to storage, like `storage.tables`, which names them all.
"""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.columns import CleanText, own_id, partial_index, reference, table, words


class ClaimRow(SQLModel, table=True):
    """A workspace says which city it belongs to, and what the operator has said to that."""

    __tablename__ = "claims"
    __table_args__ = (
        partial_index("uq_claims_waiting", "workspace_id", where="state = 'waiting'", unique=True),
        partial_index("ix_claims_notice", "notice_due_at", where="notice_due_at IS NOT NULL"),
        Index("ix_claims_workspace", "workspace_id", "id"),
    )
    id: int = own_id()
    workspace_id: int = reference("workspaces.id")
    city_id: str = Field(sa_type=CleanText, foreign_key="cities.id")
    member: str = words()
    name: str = words()
    email: str = words()
    note: str = words()
    state: str = words()
    reason: str = words()
    decided_by: str = words()
    created_at: datetime
    decided_at: datetime | None
    notice_message: str = words()
    notice_due_at: datetime | None


class OperatorPlaceRow(SQLModel, table=True):
    """Where the operator wants to be told of what is to be decided."""

    __tablename__ = "operator_places"
    workspace_id: int = reference("workspaces.id", primary_key=True)
    conversation: str = words()


class WorkspaceSettingsRow(SQLModel, table=True):
    """What a workspace has chosen. The digest's hour is in the city's zone, day 0 is Monday."""

    __tablename__ = "workspace_settings"
    workspace_id: int = reference("workspaces.id", primary_key=True)
    digest_weekday: int
    digest_hour: int
    set_up_at: datetime | None


class GrantRow(SQLModel, table=True):
    """A role that a person was given, and by whom."""

    __tablename__ = "grants"
    workspace_id: int = reference("workspaces.id", primary_key=True)
    member: str = words(primary_key=True)
    role: str = words(primary_key=True)
    given_by: str = words()
    given_at: datetime


claims = table(ClaimRow)
operator_places = table(OperatorPlaceRow)
workspace_settings = table(WorkspaceSettingsRow)
grants = table(GrantRow)

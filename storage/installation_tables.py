"""The tables of installations: consent under way, tokens that were granted, and departures.

Private to storage, like `storage.tables`, which names them all.
"""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from storage.columns import own_id, partial_index, reference, table, words


class ConsentRow(SQLModel, table=True):
    """A browser that was sent to a platform to agree. Only hashes: a copy opens nothing."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_ends", "ends_at"),)
    state_hash: str = words(primary_key=True)
    browser_hash: str = words()
    ends_at: datetime


class InstallationRow(SQLModel, table=True):
    """What a workspace or an organization has granted. Both tokens are encrypted.

    `lease_until` holds back other nodes while one exchanges the token.
    """

    __tablename__ = "installations"
    __table_args__ = (
        UniqueConstraint("platform", "external_id", name="uq_installations_external"),
        partial_index("ix_installations_expiry", "expires_at", where="expires_at IS NOT NULL"),
    )
    id: int = own_id()
    platform: str = words()
    external_id: str = words()
    is_organization: bool
    organization: str = words()
    name: str = words()
    app_id: str = words()
    bot_member: str = words()
    bot_id: str = words()
    scopes: str = words()
    installer: str = words()
    token: str | None = words(nullable=True)
    refresh_token: str | None = words(nullable=True)
    expires_at: datetime | None
    generation: int
    lease_until: datetime | None
    installed_at: datetime


class InstalledWorkspaceRow(SQLModel, table=True):
    """Which installation a workspace's token comes from."""

    __tablename__ = "installed_workspaces"
    __table_args__ = (Index("ix_installed_workspaces_installation", "installation_id"),)
    workspace_id: int = reference("workspaces.id", primary_key=True)
    installation_id: int = reference("installations.id")


class DepartureRow(SQLModel, table=True):
    """A workspace that has removed the app, and for which everything waits for a while."""

    __tablename__ = "departures"
    __table_args__ = (Index("ix_departures_left", "left_at"),)
    workspace_id: int = reference("workspaces.id", primary_key=True)
    left_at: datetime


consents = table(ConsentRow)
installations = table(InstallationRow)
installed_workspaces = table(InstalledWorkspaceRow)
departures = table(DepartureRow)

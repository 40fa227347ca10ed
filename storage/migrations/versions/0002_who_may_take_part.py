"""Who may take part: claims, the operator's place, settings, given roles; notices in links."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this step."""
    _claims()
    op.create_table(
        "operator_places",
        sa.Column("workspace_id", _id(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"]),
        sa.PrimaryKeyConstraint("workspace_id"),
    )
    op.create_table(
        "workspace_settings",
        sa.Column("workspace_id", _id(), nullable=False),
        sa.Column("digest_weekday", sa.Integer(), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.Column("set_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"]),
        sa.PrimaryKeyConstraint("workspace_id"),
    )
    op.create_table(
        "grants",
        sa.Column("workspace_id", _id(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"]),
        sa.PrimaryKeyConstraint("workspace_id", "member", "role"),
    )
    op.add_column(
        "links", sa.Column("notice_message", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("links", sa.Column("notice_due_at", sa.DateTime(timezone=True), nullable=True))
    _due("ix_links_notice", "links")
    op.add_column("audit", sa.Column("workspace_id", _id(), nullable=True))
    op.create_index("ix_audit_workspace", "audit", ["workspace_id", "id"])


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("id", _id(), autoincrement=True, nullable=False),
        sa.Column("workspace_id", _id(), nullable=False),
        sa.Column("city_id", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice_message", sa.Text(), nullable=False),
        sa.Column("notice_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"]),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_claims_workspace", "claims", ["workspace_id", "id"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "uq_claims_waiting",
        "claims",
        ["workspace_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    _due("ix_claims_notice", "claims")


def _due(name: str, table: str) -> None:
    due = sa.text("notice_due_at IS NOT NULL")
    op.create_index(name, table, ["notice_due_at"], sqlite_where=due, postgresql_where=due)

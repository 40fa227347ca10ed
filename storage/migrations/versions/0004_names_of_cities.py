"""Cities keep their earlier names, and stay when the Census Bureau lists them no more."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go to this step."""
    op.add_column("cities", sa.Column("other_names", sa.Text(), nullable=False, server_default=""))
    op.add_column("cities", sa.Column("former_at", sa.DateTime(timezone=True), nullable=True))

"""When each workspace and each link is looked at again, and what was seen there."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Go to this step."""
    for name in ("workspaces", "links"):
        op.add_column(name, sa.Column("check_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("links", sa.Column("trouble_seen", sa.Text(), nullable=True))

"""What lanes refused: such an access is no grant, and such an exit let nobody out. Of exits it is known from
now on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sync.central.accesses.refusing import mark_stored

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.add_column("isolation_exit", sa.Column("refused", sa.BigInteger()))
    mark_stored(op.get_bind())

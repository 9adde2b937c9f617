"""People who sign in, their sessions, and the platforms that launch them"""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass

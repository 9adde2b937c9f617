"""Who may see the console: people, sessions, launches from learning platforms."""

# isort: off
from staycourse.app.access.members import Members, home_porter
from staycourse.app.access.passwords import generated as generated_password, hashed as hashed_password
from staycourse.app.access.porter import NotLetIn, Porter, Standing, TriedTooOften

__all__ = [
    "Members", "NotLetIn", "Porter", "Standing", "TriedTooOften", "generated_password", "hashed_password",
    "home_porter",
]  # fmt: skip

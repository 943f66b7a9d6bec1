"""The block `spec.dashboard`: who may log in to the console, and for how long."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stockbot.spec.part import Complaint, Part, unique
from stockbot.spec.scalars import Shape, Whole
from stockbot.spec.secret_references import SecretSource
from stockbot.spec.server_rules import BY_NAME

UserName = Annotated[
    str, Shape(r"[a-z0-9]([-a-z0-9._@]*[a-z0-9])?", 64, "a user's name in lower-case letters and digits")
]


class Role(StrEnum):
    VIEWER = "Viewer"
    TRADER = "Trader"
    ADMIN = "Admin"


class User(Part):
    name: UserName = Field(description="The name to log in with; the audit log carries it.")
    role: Role = Field(description="Viewer sees, Trader trades, Admin may do everything.")
    password: SecretSource = Field(description="The argon2 hash of the password.")


class Dashboard(Part):
    users: Annotated[tuple[User, ...], Field(max_length=200), BY_NAME] = Field(
        default=(), description="Who may log in; with none, only a token opens the console."
    )
    session_hours: Whole = Field(default=12, ge=1, le=168, description="How long a login lasts, in hours.")

    def complaints(self) -> Iterator[Complaint]:
        yield from unique("users", [user.name for user in self.users], key="name")

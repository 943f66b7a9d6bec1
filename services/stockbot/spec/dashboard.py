"""The block `spec.dashboard`: how long a login at the console lasts. Who may log in, the tokens file says."""

from pydantic import Field

from stockbot.spec.part import Part
from stockbot.spec.scalars import Whole


class Dashboard(Part):
    session_hours: Whole = Field(default=12, ge=1, le=168, description="How long a login lasts, in hours.")

"""The Risk Guardian's migrations, run by `stockbot.runtime.migrations`."""

from stockbot.risk_guardian.tables import PREFIX

__all__ = ["PREFIX"]

"""The Portfolio Manager's migrations, run by `stockbot.runtime.migrations`."""

from stockbot.portfolio_manager.tables import PREFIX

__all__ = ["PREFIX"]

"""The Alert Manager's migrations, run by `stockbot.runtime.migrations`."""

from stockbot.alert_manager.tables import PREFIX

__all__ = ["PREFIX"]

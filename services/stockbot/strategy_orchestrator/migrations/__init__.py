"""The orchestrator's migrations, run by `stockbot.runtime.migrations`."""

from stockbot.strategy_orchestrator.tables import PREFIX

__all__ = ["PREFIX"]

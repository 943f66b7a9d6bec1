"""The Execution Engine's migrations, run by `stockbot.runtime.migrations`."""

from stockbot.execution_engine.tables import PREFIX

__all__ = ["PREFIX"]

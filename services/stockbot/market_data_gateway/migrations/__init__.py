"""The gateway's migrations, run by `stockbot.runtime.migrations`."""

from stockbot.market_data_gateway.tables import PREFIX

__all__ = ["PREFIX"]

"""Stockbot: a stock-trading bot platform of small services that talk over streams."""

from importlib.metadata import version

__version__ = version("stockbot")

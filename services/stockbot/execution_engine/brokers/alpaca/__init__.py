"""Alpaca over its trading REST and its trade_updates stream; the Execution Engine builds it with the factory.

Only `connection` imports alpaca-py, and only the factory imports `broker`, late: a platform that trades on paper
never loads any of it.
"""

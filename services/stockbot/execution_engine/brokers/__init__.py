"""Brokers behind one small protocol: the paper broker, which fills from live quotes, and Alpaca."""

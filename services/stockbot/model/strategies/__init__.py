"""Strategies as pure decisions: from bars and quotes to signals. The orchestrator, a replay and a backtest call alike.

A strategy says what it wishes (`wishes`), by the contract in `strategy`; `sizing` and `signals` make a signal of it;
`run.decide` is the one entry that all callers use. `catalogue` lists what is built in.
"""

"""Pure decisions: no clock, no I/O, no framework. Services and backtests call them alike."""

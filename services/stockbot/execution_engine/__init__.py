"""Execution Engine: turns approvals into orders at a broker, each at most once, and tells what became of them."""

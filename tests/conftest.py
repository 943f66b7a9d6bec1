"""Fixtures for all tests; each module says what it offers."""

pytest_plugins = ["stockbot.testing.fixtures", "stockbot.testing.bus", "stockbot.testing.browser"]

"""A whole node for the tests, with real pods, without Docker: the end-to-end suite of `make test-e2e` runs on it."""

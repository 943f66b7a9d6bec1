"""A real Kubernetes API server for the tests, without Docker; CONTRIBUTING.md says how to run this level."""

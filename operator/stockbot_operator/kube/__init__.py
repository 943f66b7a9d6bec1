"""A small client of the Kubernetes API: what the operator needs of it, and nothing that it does not."""

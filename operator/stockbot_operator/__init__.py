"""The operator: makes TradingServices of a cluster into Deployments, and keeps them as they were declared.

Kopf and our own watches only say which resource to look at; `reconcile` is the one function that acts on it.
"""

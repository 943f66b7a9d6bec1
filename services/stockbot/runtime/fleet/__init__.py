"""The services of one platform as a person looks after them: how each stands, what runs for it, what happened to it.

Two places know it: `stockbot up`, which keeps a report in its data folder, and a cluster's TradingServices. The
console's page of services and `stockbot status` show what comes out of either, in the same words.
"""

from stockbot.fleet import Condition, Happening, Instance, Service, Statement
from stockbot.runtime.fleet.cluster import ClusterFleet
from stockbot.runtime.fleet.fleet import Change, Fleet
from stockbot.runtime.fleet.local import LocalFleet

__all__ = [
    "Change",
    "ClusterFleet",
    "Condition",
    "Fleet",
    "Happening",
    "Instance",
    "LocalFleet",
    "Service",
    "Statement",
]

"""The Kubernetes API as a reader of a few resources needs it: where it is, who we are to it, and what it answers.

Used by the console, `stockbot status` and `stockbot crd apply`. Plain HTTP, because what they ask for are a few lists
and patches.
"""

from stockbot.runtime.kubernetes.api import Api, Resource
from stockbot.runtime.kubernetes.connection import Connection, of_pod
from stockbot.runtime.kubernetes.errors import NotAnswered, Refused
from stockbot.runtime.kubernetes.kubeconfig import kubeconfig_of, of_kubeconfig

__all__ = [
    "Api",
    "Connection",
    "NotAnswered",
    "Refused",
    "Resource",
    "kubeconfig_of",
    "of_kubeconfig",
    "of_pod",
]

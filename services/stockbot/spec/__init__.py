"""The TradingService document: typed, bounded, and refused with words that a person can act on.

`stockbot up`, the services, the operator and the console all read documents through this package, and the
custom resource definition is generated from its models.
"""

from stockbot.spec.documents import load_documents, read_document, write_document
from stockbot.spec.secret_references import secret_of, secret_variable
from stockbot.spec.service import TradingService, TradingServiceSpec
from stockbot.spec.service_types import DEPENDENCIES, PACKAGES, PORTS, SHARDED, ServiceType

__all__ = [
    "DEPENDENCIES",
    "PACKAGES",
    "PORTS",
    "SHARDED",
    "ServiceType",
    "TradingService",
    "TradingServiceSpec",
    "load_documents",
    "read_document",
    "secret_of",
    "secret_variable",
    "write_document",
]

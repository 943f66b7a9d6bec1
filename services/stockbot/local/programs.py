"""From a service type to the program that runs it. Used by `stockbot serve` and `stockbot up`."""

import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec

from stockbot.errors import ConfigurationError
from stockbot.spec import PACKAGES, ServiceType, TradingService

COLOURS = ("rich", "pygments")  # structlog, httpx and Mako load them where they find them, and a service prints none


def is_built(service_type: ServiceType) -> bool:
    """Tell whether the program of this type exists, without importing it."""
    program = PACKAGES[service_type]
    return find_spec(program.rpartition(".")[0]) is not None and find_spec(program) is not None


def serve(document: TradingService) -> None:
    """Run the document's service until it is told to stop; ConfigurationError if its program is not there."""
    service_type = document.spec.type
    if not is_built(service_type):
        raise ConfigurationError(f"{document.metadata.name}: the service {service_type} is not built yet")
    if service_type is not ServiceType.DASHBOARD:
        _keep_out(COLOURS)
    import_module(PACKAGES[service_type]).main(document)


def _keep_out(modules: Iterable[str]) -> None:
    """Have Python say that they are not installed: 8 MiB less in a process that runs for months."""
    for module in modules:
        sys.modules.setdefault(module, None)  # type: ignore[arg-type] # what the import system takes for "not there"

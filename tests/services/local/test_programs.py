"""From a service type to its program."""

import sys
from collections.abc import Callable

import pytest

from stockbot.errors import ConfigurationError
from stockbot.local import programs
from stockbot.spec import PACKAGES, ServiceType, TradingService

MakeDocument = Callable[..., TradingService]


def test_a_program_is_found_without_being_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with a main is built, one without it is not, and neither costs an import."""
    monkeypatch.setitem(PACKAGES, ServiceType.DASHBOARD, "wsgiref.simple_server")
    monkeypatch.setitem(PACKAGES, ServiceType.RISK_GUARDIAN, "wsgiref.main")
    monkeypatch.setitem(PACKAGES, ServiceType.ALERT_MANAGER, "no_such_package.main")
    monkeypatch.delitem(sys.modules, "wsgiref.simple_server", raising=False)
    assert programs.is_built(ServiceType.DASHBOARD)
    assert not programs.is_built(ServiceType.RISK_GUARDIAN)
    assert not programs.is_built(ServiceType.ALERT_MANAGER)
    assert "wsgiref.simple_server" not in sys.modules


def test_what_is_not_built_cannot_be_served(make_document: MakeDocument, monkeypatch: pytest.MonkeyPatch) -> None:
    """Serving a document of such a type says so by its name and type."""
    monkeypatch.setitem(PACKAGES, ServiceType.ALERT_MANAGER, "no_such_package.main")
    with pytest.raises(ConfigurationError, match="alerts: the service AlertManager is not built yet"):
        programs.serve(make_document("alerts", "AlertManager"))

"""From a service type to its program."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

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


@pytest.mark.parametrize(("service_type", "colours"), [("RiskGuardian", False), ("Dashboard", True)])
def test_a_service_loads_no_colours(
    make_document: MakeDocument, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, service_type: str, colours: bool
) -> None:
    """What only a terminal needs is not there for a service's libraries; the console's pages may use it."""
    package = tmp_path / "served"
    package.mkdir()
    (package / "main.py").write_text("loaded = []\n\ndef main(document):\n    import rich\n    loaded.append(rich)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(PACKAGES, ServiceType(service_type), "served.main")
    for module in [name for name in sys.modules if name.partition(".")[0] in {"served", *programs.COLOURS}]:
        monkeypatch.delitem(sys.modules, module)
    served = partial(programs.serve, make_document("x", service_type))
    if colours:
        served()
    else:
        with pytest.raises(ImportError, match="rich"):
            served()
    for module in programs.COLOURS:
        monkeypatch.delitem(sys.modules, module, raising=False)

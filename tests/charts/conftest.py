"""Fixtures of the chart's tests: helm, and what the chart is rendered to with each set of values."""

from collections.abc import Callable

import pytest
from tests.cluster import programs
from tests.cluster.helm import CHART, Helm, Manifest

from stockbot.testing.databases import unavailable

Render = Callable[..., list[Manifest]]


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Without it the tests are skipped, and fail where CI=true."""
    try:
        programs.find("helm")
    except programs.Unavailable as reason:
        unavailable(str(reason))
    return Helm(tmp_path_factory.mktemp("helm"))


@pytest.fixture(scope="session")
def render(helm: Helm) -> Render:
    """Render with a set of values from charts/stockbot/ci, and options; each only once."""
    known: dict[tuple[str, ...], list[Manifest]] = {}

    def rendered(values: str = "default", *options: str, release: str = "stockbot") -> list[Manifest]:
        key = (values, release, *options)
        if key not in known:
            known[key] = helm.template(f"--values={CHART}/ci/{values}.yaml", *options, release=release)
        return known[key]

    return rendered

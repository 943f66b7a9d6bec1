"""The programs of the control plane: where they are kept, and what a person reads where they are missing."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.cluster import programs
from tests.cluster.control_plane import ControlPlane


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is built yet."""
    monkeypatch.setenv("STOCKBOT_CACHE", str(tmp_path))
    return tmp_path / "cluster"


def test_a_program_that_is_not_built_is_named_with_its_fix(empty_cache: Path) -> None:
    """No test builds one: that takes minutes, and tests have seconds."""
    with pytest.raises(programs.Unavailable, match="etcd is not built: run `make cluster-programs` once"):
        ControlPlane.start()
    assert not empty_cache.exists()


@pytest.mark.usefixtures("empty_cache")
def test_a_control_plane_needs_none_of_a_nodes_programs() -> None:
    """What a node needs beside it is built by another target, so `make test` does not wait for it."""
    with pytest.raises(programs.Unavailable, match="kubelet is not built: run `make node-programs` once"):
        programs.find("kubelet")
    assert not set(programs.PROGRAMS) & set(programs.NODE_PROGRAMS)


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_without_go_the_level_is_skipped_and_fails_in_ci(
    ci: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make test` goes on without it on a laptop, and says how to get it."""
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(programs, "OLDEST_GO", (99, 0))
    assert programs.main() == code
    assert "Go 99.0 or newer is missing: install it, or say" in capsys.readouterr().err


def test_another_module_is_another_place() -> None:
    """A new version is built beside the old one, so two checkouts never take the other's programs."""
    places = {program.path.parent for program in programs.PROGRAMS}
    assert {place.name.rpartition("-")[0] for place in places} == {"etcd", "helm", "kubernetes"}
    assert all(len(place.name.rpartition("-")[2]) == 16 for place in places)
    assert "gitVersion=v1." in programs.linker_flags("kubernetes")


def test_a_build_lock_is_held_by_one(empty_cache: Path) -> None:
    """A second build waits for the first; the lock ends with its holder."""
    held = "import fcntl,sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)"
    command = [sys.executable, "-c", held, str(empty_cache / "lock")]
    with programs.build_lock():
        assert b"BlockingIOError" in subprocess.run(command, check=False, capture_output=True).stderr  # noqa: S603
    subprocess.run(command, check=True)  # noqa: S603

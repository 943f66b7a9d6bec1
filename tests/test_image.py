"""The image and the ways to a cluster: what the Dockerfile is made of, and what a machine without Docker is told."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.cluster.node import images

from stockbot import __version__

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAYS = {"packaging"}  # small, and no tool: libraries read versions with it
SHELL_TOOLS = ("bash", "make", "dirname", "grep", "sh", "awk", "cat", "git")


def words(block: str) -> set[str]:
    return set(block.split())


def test_what_builds_is_taken_out() -> None:
    """Everything that only hatchling and editables need is uninstalled; a new one would stay in the image otherwise."""
    locked = (ROOT / "requirements/runtime.txt").read_text()
    blocks = re.findall(r"^([a-z0-9-]+)==.*\n((?:    .*\n)+)", locked, re.MULTILINE)
    needed = {name: set(re.findall(r"#(?: via)? +([a-z0-9-]+)", block)) - {"via"} for name, block in blocks}
    tools = {name for name, by in needed.items() if by == {"hatchling"}} | {"hatchling", "editables"}
    taken_out = re.search(r"pip uninstall --quiet --yes (.+) \\", DOCKERFILE)
    assert taken_out is not None
    assert words(taken_out[1]) == tools - STAYS


def test_the_build_sees_exactly_what_it_copies() -> None:
    """.dockerignore, the Dockerfile, and what the tests' image is kept by in the cache name the same files."""
    seen = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    assert {name for line in copied for name in line.split()} == seen
    assert {*images.SOURCES, *images.SOURCE_FOLDERS} - {"Dockerfile", ".dockerignore"} == seen


def test_the_image_runs_as_nobody() -> None:
    """A number, because Kubernetes cannot tell by a name that it is not root."""
    user = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert user == ["65532:65532"]
    assert 'ENTRYPOINT ["stockbot"]' in DOCKERFILE
    assert "HEALTHCHECK" not in DOCKERFILE
    assert f"ARG VERSION={__version__}\n" in DOCKERFILE


def test_kind_leads_to_the_console() -> None:
    """The port of the node that the console's Service takes is the one that kind leads to the loopback."""
    (node,) = yaml.safe_load((ROOT / "k8s/kind.yaml").read_text())["nodes"]
    (service,) = yaml.safe_load((ROOT / "k8s/kind-console.yaml").read_text())["spec"]["ports"]
    assert node["extraPortMappings"] == [
        {"containerPort": service["nodePort"], "hostPort": 5173, "listenAddress": "127.0.0.1"}
    ]


@pytest.fixture
def bare_path(tmp_path: Path) -> dict[str, str]:
    """A machine without any engine for containers."""
    for tool in SHELL_TOOLS:
        found = shutil.which(tool)
        if found:
            (tmp_path / tool).symlink_to(found)
    return {**os.environ, "PATH": str(tmp_path)}


def test_without_docker_kind_up_offers_another_way(bare_path: dict[str, str]) -> None:
    """It says what is missing, and that `make cluster-up` needs no Docker."""
    done = run(["make", "--no-print-directory", "kind-up"], bare_path)
    assert done.returncode == 2
    assert "kind needs Docker, and it is not on this machine." in done.stdout
    assert "make cluster-up" in done.stdout


def test_a_docker_that_does_not_answer_is_said(bare_path: dict[str, str], tmp_path: Path) -> None:
    """The client alone is no Docker."""
    client = tmp_path / "docker"
    client.write_text("#!/bin/sh\nexit 1\n")
    client.chmod(0o755)
    done = run(["make", "--no-print-directory", "kind-up"], bare_path)
    assert done.returncode == 2
    assert "its daemon does not answer: start it." in done.stdout


def test_without_an_engine_no_image_is_built(bare_path: dict[str, str]) -> None:
    """`make image` names what can build it."""
    done = run(["make", "--no-print-directory", "image"], bare_path)
    assert done.returncode == 2
    assert "built by docker, podman or buildah, and none of them works here" in done.stdout


def run(command: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603

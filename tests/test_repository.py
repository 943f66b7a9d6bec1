"""The repository itself: what must never be in it, and what its documents promise."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PINNED = sorted((ROOT / "requirements").glob("*.txt"))


def tracked() -> list[Path]:
    """All files that git knows."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - whichever git there is
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    return [ROOT / name.decode() for name in listed.split(b"\0") if name]


def test_the_operator_folder_is_no_package() -> None:
    """An `operator/__init__.py` would shadow the standard library's operator, and Python would not start."""
    assert not (ROOT / "operator" / "__init__.py").exists()


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.name)
def test_pinned_requirements_have_hashes_and_no_address(path: Path) -> None:
    """Where packages come from is the machine's matter; what they are is ours."""
    text = path.read_text()
    assert not re.search(r"https?://|--index|--find-links|--extra-index", text)
    pinned = re.findall(r"^[a-z0-9][^=\n]*==", text, re.MULTILINE)
    assert len(pinned) > 50
    assert len(re.findall(r"^[a-z0-9][^\n]*== ?[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(pinned)


def test_every_link_in_the_documents_leads_to_a_file() -> None:
    """README, CONTRIBUTING and docs point at what exists."""
    for page in (path for path in tracked() if path.suffix == ".md"):
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if not target.startswith(("http://", "https://")):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} points at {target}"


def test_the_readme_names_make_targets_that_exist() -> None:
    """Every `make x` in the documents is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"`?make ([a-z0-9-]+)\b", (ROOT / page).read_text()))
        assert named <= targets, f"{page} names {sorted(named - targets)}"

"""The commands of README's section about clusters: tests run these very lines."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
HEADING = "\n## On a cluster\n"
PROGRAMS = ("helm ", "kubectl ", "make ")


def blocks() -> list[list[str]]:
    """Give the commands of each block, without what is said beside them; a block that shows an output has none."""
    section = (ROOT / "README.md").read_text().partition(HEADING)[2].partition("\n## ")[0]
    shown = section.split("\n```\n")[1::2]
    found = [[line.partition(" #")[0].strip() for line in block.splitlines()] for block in shown]
    return [lines for lines in found if all(line.startswith(PROGRAMS) for line in lines)]


def with_helm() -> list[str]:
    """Install, wait, show, test, read the token, forward the console."""
    lines, _ = blocks()
    return lines


def without_helm() -> list[str]:
    """The operator, two waits, the Secrets, the platform, show."""
    _, lines = blocks()
    return lines

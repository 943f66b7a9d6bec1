"""A person's own strategies: loaded from a folder, and whatever is wrong with one disturbs nothing else."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stockbot.model.strategies.catalogue import find
from stockbot.strategy_orchestrator.own_strategies import OwnStrategies, load, loaded, loading

GOOD = """
from collections.abc import Sequence
from msgspec import Struct
from stockbot.events.market import Bar
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target, Wish

class Nothing(Struct, frozen=True):
    pass

class Own(Strategy[Nothing]):
    version = "1"
    Parameters = Nothing

    @classmethod
    def warmup(cls, parameters: Nothing) -> int:
        return 1

    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        return [Target(fraction=1.0, reason="always long")]
"""

Load = Callable[..., OwnStrategies]


@pytest.fixture
def load_files(tmp_path: Path) -> Load:
    def load_files(**files: str) -> OwnStrategies:
        for stem, text in files.items():
            (tmp_path / f"{stem}.py").write_text(text)
        return load(tmp_path, lambda name: None, {})

    return load_files


def test_loads_the_classes_of_a_folder(load_files: Load) -> None:
    """Each class is found by its name, and by its file and name."""
    own = load_files(dip=GOOD)
    assert set(own.kinds) == {"Own", "dip:Own"}
    assert own.kinds["Own"].version == "1"
    assert own.problems == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("def broken(:", "SyntaxError: invalid syntax (bad.py, line 1)"),
        ("1 / 0", "ZeroDivisionError: division by zero (bad.py, line 1)"),
        ("import sys\nsys.exit(3)", "SystemExit: 3 (bad.py, line 2)"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module' (bad.py, line 1)"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt (bad.py, line 1)"),
        ("\0", "SyntaxError: source code string cannot contain null bytes"),
    ],
)
def test_a_broken_file_is_told_and_the_others_are_loaded(load_files: Load, text: str, problem: str) -> None:
    """The reason names the line, and a good file beside it is there."""
    own = load_files(bad=text, good=GOOD)
    assert own.problems["bad.py"].startswith(problem)
    assert "Own" in own.kinds


def test_a_class_that_breaks_the_contract_is_told(load_files: Load) -> None:
    """What it lacks is said, and it is no strategy."""
    own = load_files(bad=GOOD.replace('version = "1"', "version = 1"))
    assert own.problems == {"bad:Own": 'Own needs a version, a text such as "1", not 1'}
    assert own.kinds == {}


def test_a_file_that_hung_is_left_out_until_it_changes(tmp_path: Path) -> None:
    """Only the same bytes are not tried again."""
    (tmp_path / "dip.py").write_text(GOOD)
    begun: list[str] = []
    load(tmp_path, begun.append, {})
    hung = dict(pair for name in begun if (pair := loaded(name)) is not None)
    own = load(tmp_path, begun.append, hung)
    assert own.problems["dip.py"] == ("it hung while it was loaded: mend it, and it is tried again")
    (tmp_path / "dip.py").write_text(f"{GOOD}\n# mended")
    assert "Own" in load(tmp_path, begun.append, hung).kinds


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """`install(version, name="module:Class")` puts a package with these entry points where Python looks."""
    site = tmp_path / "site"

    def install(version: str = "1.0", text: str = GOOD, **points: str) -> None:
        described = site / "house_strategies.dist-info"
        described.mkdir(parents=True, exist_ok=True)
        (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: house-strategies\nVersion: {version}\n")
        lines = [f"{name} = {target}" for name, target in points.items()]
        (described / "entry_points.txt").write_text("\n".join(["[stockbot.strategies]", *lines]))
        (site / "house_strategies.py").write_text(text)
        sys.modules.pop("house_strategies", None)

    monkeypatch.syspath_prepend(str(site))
    yield install
    sys.modules.pop("house_strategies", None)


def test_entry_points_of_installed_packages_are_loaded(install: Install, load_files: Load) -> None:
    """A class is found by its name and by its module and name, beside those of the folder."""
    install(dip="house_strategies:Own")
    own = load_files(trend=GOOD.replace("class Own", "class Trend"))
    assert set(own.kinds) == {"Own", "house_strategies:Own", "Trend", "trend:Trend"}
    assert find("house_strategies:Own", own.kinds) is own.kinds["Own"]
    assert own.problems == {}


@pytest.mark.parametrize(
    ("text", "target", "problem"),
    [
        ("1 / 0", "house_strategies:Own", ("dip", "ZeroDivisionError: division by zero (house_strategies.py, line 1)")),
        ("", "house_strategies:Own", ("dip", "AttributeError: module 'house_strategies' has no attribute 'Own'")),
        ("", "no_such_module:Own", ("dip", "ModuleNotFoundError: No module named 'no_such_module'")),
        ("Own = 1", "house_strategies:Own", ("house_strategies:1", "1 is not a class made from Strategy")),
    ],
)
def test_a_broken_entry_point_is_told(
    install: Install, load_files: Load, text: str, target: str, problem: tuple[str, str]
) -> None:
    """Whatever a package brings, the reason is said under its name, and the others are loaded."""
    install(text=text, dip=target)
    own = load_files(good=GOOD)
    name, why = problem
    assert own.problems[name].startswith(why)
    assert set(own.kinds) == {"Own", "good:Own"}


def test_an_entry_point_that_hung_is_tried_again_in_another_version(install: Install, tmp_path: Path) -> None:
    """What it points to and the package's version say whether it is the same code."""
    begun: list[str] = []
    install("1.0", dip="house_strategies:Own")
    load(None, begun.append, {})
    hung = dict(pair for name in begun if (pair := loaded(name)) is not None)
    assert "hung while it was loaded" in load(None, begun.append, hung).problems["dip"]
    install("1.1", dip="house_strategies:Own")
    assert "Own" in load(None, begun.append, hung).kinds


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """No folder at all is fine; a wrong one is a problem with its name."""
    assert load(None, lambda name: None, {}).problems == {}
    assert load(tmp_path / "no", lambda name: None, {}).problems == {str(tmp_path / "no"): "there is no such folder"}


def test_a_running_strategy_is_not_taken_for_a_file() -> None:
    """The watchdog tells by the name what hangs."""
    assert loaded("trend") is None
    assert loaded(loading("dip.py", "abc")) == ("dip.py", "abc")

"""Files and folders: what is read, what is skipped, what is refused, and that every manifest of the tree is good."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from stockbot.errors import ConfigurationError
from stockbot.spec import ServiceType, load_documents, read_document, write_document

ROOT = Path(__file__).parents[3]
PLATFORM = ROOT / "k8s" / "platform"

DASHBOARD = "apiVersion: stockbot.dev/v1alpha1\nkind: TradingService\nmetadata: {name: NAME}\nspec: {type: Dashboard}\n"


def dashboard(name: str) -> str:
    return DASHBOARD.replace("NAME", name)


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_documents(path)
    return str(refused.value)


def test_default_platform() -> None:
    """The default platform has a gateway on demo data around the clock and a dashboard."""
    documents = {document.spec.type: document for document in load_documents(PLATFORM)}
    gateway = documents[ServiceType.MARKET_DATA_GATEWAY].spec.market_data_gateway
    assert ServiceType.DASHBOARD in documents
    assert gateway is not None
    assert gateway.tick_interval_seconds == 5
    assert len(gateway.symbol_sets[0].symbols) == 12


@pytest.mark.parametrize("sample", sorted((ROOT / "k8s" / "samples").glob("*.yaml")), ids=lambda path: path.name)
def test_samples(sample: Path) -> None:
    """Every sample is a good document."""
    assert load_documents(sample)


def test_folder_is_read_in_order_of_name(tmp_path: Path) -> None:
    """YAML files of the folder count, in order of name; other files, other kinds and empty documents do not."""
    (tmp_path / "b.yaml").write_text(f"# nothing\n---\n{dashboard('b-one')}---\n{dashboard('b-two')}---\n")
    (tmp_path / "a.yml").write_text(dashboard("a-one"))
    (tmp_path / "c.yaml").write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n")
    (tmp_path / "kustomization.yaml").write_text("resources: [b.yaml]\n")
    (tmp_path / "notes.txt").write_text("\t: not yaml")
    (tmp_path / "below").mkdir()
    assert [document.metadata.name for document in load_documents(tmp_path)] == ["a-one", "b-one", "b-two"]


def test_complaints_name_the_file(tmp_path: Path) -> None:
    """All complaints about all files come at once; where a file holds several documents, the line is named too."""
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(dashboard("Not_A_Name"))
    two.write_text(f"{dashboard('fine')}---\n{dashboard('a')}  \treplicas: 2")
    bad = tmp_path / "three.yaml"
    bad.write_text(f"{dashboard('good')}---\n{dashboard('good-too').replace('spec', 'spek')}")
    lines = refusal(tmp_path).splitlines()
    assert lines[0].startswith(f'{one}: metadata.name: "Not_A_Name" must be ')
    assert lines[1:] == [
        f"{bad}:6: spec: is missing",
        f"{bad}:6: spek: unknown key; did you mean spec?",
        f"{two}:10:3: a tab; indent with spaces",
    ]


def test_one_name_twice(tmp_path: Path) -> None:
    """Two TradingServices of one name are refused, with both places."""
    (tmp_path / "one.yaml").write_text(dashboard("it"))
    (tmp_path / "two.yaml").write_text(dashboard("it"))
    assert refusal(tmp_path) == (
        f'{tmp_path}/two.yaml: metadata.name: "it" is the name of the TradingService in {tmp_path}/one.yaml already'
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("just text", "is no Kubernetes document; it needs apiVersion and kind"),
        ("- a\n- b", "is no Kubernetes document; it needs apiVersion and kind"),
        ("spec: {type: Dashboard}", "is no Kubernetes document; it needs apiVersion and kind"),
        (dashboard("a").replace("TradingService", "TradingServise"),
         'kind: "TradingServise" is none of TradingService; did you mean TradingService?'),
        (dashboard("a").replace("v1alpha1", "v1"),
         'apiVersion: "stockbot.dev/v1" is none of stockbot.dev/v1alpha1; did you mean stockbot.dev/v1alpha1?'),
        (dashboard("a").replace("apiVersion: stockbot.dev/v1alpha1\n", ""), "apiVersion: is missing"),
        (dashboard("a").replace("kind", "1: x\nkind"), '[1]: is a key that is not text; put it in quotes'),
        (dashboard("a").replace("{type", "&x {x: *x, type"),
         "spec.x: unknown key; allowed here: "),
    ],
)  # fmt: skip
def test_what_is_no_trading_service(text: str, complaint: str, complaints: Callable[[Any], list[str]]) -> None:
    """A document that is meant for us, or for nobody, is refused; the line says why."""
    (line,) = complaints(text)
    assert line.startswith(complaint)


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a folder in its place, and bytes that are no text are each one line."""
    (tmp_path / "a.yaml").mkdir()
    (tmp_path / "b.yaml").write_bytes(b"a: \xff")
    (tmp_path / "c.yaml").symlink_to(tmp_path / "nowhere")
    assert refusal(tmp_path / "none.yaml") == f"{tmp_path}/none.yaml: there is no such file or folder"
    assert refusal(tmp_path).splitlines() == [
        f"{tmp_path}/a.yaml: cannot be read: Is a directory",
        f"{tmp_path}/b.yaml: is not UTF-8 text (byte 4)",
        f"{tmp_path}/c.yaml: cannot be read: No such file or directory",
    ]


def test_byte_order_mark(tmp_path: Path) -> None:
    """A file saved by an editor on Windows is read."""
    file = tmp_path / "it.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + dashboard("it").replace("\n", "\r\n").encode())
    assert load_documents(file)[0].metadata.name == "it"


@pytest.mark.parametrize("type_", list(ServiceType))
def test_write_and_load(
    type_: ServiceType, document: Callable[..., dict[str, Any]], common: dict[str, Any], tmp_path: Path
) -> None:
    """A full document of every type is written as YAML that loads equal and says nothing that was not set."""
    given = document(type_, **common)
    original = read_document(given, "it")
    write_document(original, tmp_path / "it.yaml")
    assert load_documents(tmp_path / "it.yaml") == [original]
    written = yaml.safe_load((tmp_path / "it.yaml").read_text())
    assert written["spec"].keys() == given["spec"].keys()


def test_a_written_file_is_not_for_others(document: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    """A person's environment variables may be secrets: only the owner reads the file that holds them."""
    write_document(read_document(document("Dashboard"), "it"), tmp_path / "it.yaml")
    assert (tmp_path / "it.yaml").stat().st_mode & 0o077 == 0


def test_import_is_cheap() -> None:
    """Reading documents needs neither the data frame library nor the web framework nor the database."""
    heavy = "{'pandas', 'numpy', 'fastapi', 'sqlalchemy', 'nicegui', 'redis', 'httpx'}"
    program = f"import sys, stockbot.spec; print(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run(  # noqa: S603 - this interpreter, with a program from above
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ.copy()
    )
    assert answer.stdout.strip() == "[]"

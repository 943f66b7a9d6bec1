"""`stockbot doctor`: checks this machine, one line for each finding."""

from collections.abc import Iterator
from pathlib import Path

import typer
from pydantic import SecretStr

from stockbot.cli import checkup
from stockbot.cli.checkup import Finding, Verdict
from stockbot.cli.places import DEFAULT_DATA_DIR, BusUrl, DatabaseUrl, DataDir

COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def doctor(data_dir: DataDir = DEFAULT_DATA_DIR, bus_url: BusUrl = None, database_url: DatabaseUrl = None) -> None:
    """Check this machine, and say how to mend what is wrong. Exit code 1 if something must be mended."""
    findings = []
    for finding in examine(data_dir, _secret(bus_url), _secret(database_url)):
        findings.append(finding)
        show(finding)
    if any(finding.verdict is Verdict.FAIL for finding in findings):
        raise typer.Exit(1)


def _secret(url: str | None) -> SecretStr | None:
    return SecretStr(url) if url else None


def examine(data_dir: Path, bus_url: SecretStr | None, database_url: SecretStr | None) -> Iterator[Finding]:
    yield checkup.check_python()
    yield checkup.check_packages()
    yield checkup.check_bus(bus_url)
    yield checkup.check_database(database_url)
    yield checkup.check_data_folder(data_dir)
    yield checkup.check_disk(data_dir)
    yield checkup.check_memory()
    yield checkup.check_clock()
    yield checkup.check_time_zones()
    yield from checkup.check_ports()


def show(finding: Finding) -> None:
    typer.secho(f"{finding.verdict:<6}", fg=COLOURS[finding.verdict], nl=False)
    typer.echo(f"{finding.subject:<13}{finding.detail}")
    if finding.fix:
        typer.echo(f"{'':<19}-> {finding.fix}")

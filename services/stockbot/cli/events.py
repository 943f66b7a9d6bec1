"""`stockbot events`: looks into the streams, as an observer that changes nothing."""

from contextlib import suppress
from functools import partial
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from stockbot.cli import dead_letters, letter_rows, stream_stats
from stockbot.cli.observer import Client, full_name, observe
from stockbot.cli.places import DEFAULT_DATA_DIR, BusUrl, DatabaseUrl, DataDir
from stockbot.cli.tail import Entry, Wanted, check_types, follow, latest, line
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.dead_letters import ask_for_replay, resolve

app = typer.Typer(help="Look into the streams.", rich_markup_mode=None, add_completion=False, no_args_is_help=True)
dead = typer.Typer(help="Show events that could not be taken in, and say what becomes of them.", rich_markup_mode=None)
app.add_typer(dead, name="dead")

LetterId = Annotated[str, typer.Argument(help="The id that `dead list` names.", show_default=False)]
Because = Annotated[str, typer.Option("--because", help="Why, in a few words; it is kept with the letter.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def tail(
    types: Annotated[list[str], typer.Option("--type", "-t", help="Only this event type; may be repeated.")] = [],  # noqa: B006 - typer's way to say none; it is not changed
    stream: Annotated[list[str], typer.Option("--stream", "-s", help="Only this stream; may be repeated.")] = [],  # noqa: B006 - as above
    subject: Annotated[str, typer.Option("--subject", "-x", help="Only this symbol, account or order.")] = "",
    count: Annotated[int, typer.Option("-n", min=0, max=1000, help="Start with so many of the latest.")] = 10,
    keep_on: Annotated[bool, typer.Option("--follow/--no-follow", help="Go on with what comes.")] = True,
    as_json: AsJson = False,
    bus_url: BusUrl = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Show the latest events and those that come, until Ctrl-C: time, type, subject and what happened."""
    check_types(types)
    wanted = Wanted(tuple(types), tuple(map(full_name, stream)), subject)

    async def read(client: Client) -> None:
        entries, positions = await latest(client, wanted, count)
        for entry in entries:
            show(entry, as_json=as_json)
        if keep_on:
            async for entry in follow(client, wanted, positions):
                show(entry, as_json=as_json)

    with suppress(KeyboardInterrupt):
        observe(bus_url, data_dir, read)


def show(entry: Entry, *, as_json: bool) -> None:
    """Print one entry; among JSON, what is no event goes to the other output."""
    if as_json and entry.event:
        typer.echo(entry.document)
    else:
        typer.echo(line(entry), err=as_json)


@app.command()
def stats(as_json: AsJson = False, bus_url: BusUrl = None, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Show length, rate and dead letters of each stream, and how far its groups are behind."""

    async def read(client: Client) -> None:
        streams = await stream_stats.collect(client)
        if as_json:
            typer.echo(msgspec.json.encode(streams))
        else:
            Console(highlight=False).print(stream_stats.table(streams) if streams else "no stream yet")

    observe(bus_url, data_dir, read)


@dead.callback(invoke_without_command=True)
def dead_or_list(context: typer.Context, bus_url: BusUrl = None, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    if context.invoked_subcommand is None:
        list_letters(bus_url=bus_url, data_dir=data_dir)


@dead.command("list")
def list_letters(
    count: Annotated[int, typer.Option("-n", min=1, max=10_000, help="So many of each stream.")] = 20,
    bus_url: BusUrl = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """List the latest dead letters of every stream."""

    async def read(client: Client) -> None:
        found = await dead_letters.letters(client, count)
        typer.echo("\n".join(map(dead_letters.line, found)) or "no dead letters")

    observe(bus_url, data_dir, read)


@dead.command("show")
def show_letter(
    letter_id: LetterId,
    bus_url: BusUrl = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Show one dead letter with its event."""

    async def read(client: Client) -> None:
        typer.echo(dead_letters.page(await dead_letters.find(client, letter_id)))

    observe(bus_url, data_dir, read)


@dead.command("replay")
def replay_letter(
    letter_id: LetterId, because: Because, database_url: DatabaseUrl = None, data_dir: DataDir = DEFAULT_DATA_DIR
) -> None:
    """Have the event taken in again by the service that put it aside: within seconds, or once that service runs."""
    asked = partial(ask_for_replay, who=letter_rows.me(), why=because)
    letter = letter_rows.say(letter_id, asked, database_url, data_dir)
    typer.echo(f"{letter.consumer} takes it in again within seconds, once it runs")


@dead.command("resolve")
def resolve_letter(
    letter_id: LetterId, because: Because, database_url: DatabaseUrl = None, data_dir: DataDir = DEFAULT_DATA_DIR
) -> None:
    """Say that the letter was dealt with otherwise: its event is never taken in."""
    resolved = partial(resolve, who=letter_rows.me(), why=because, now=SystemClock().now())
    letter = letter_rows.say(letter_id, resolved, database_url, data_dir)
    typer.echo(f"{letter.consumer} passes it over for good")

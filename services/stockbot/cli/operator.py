"""`stockbot operator`: reconciles the TradingServices of a cluster, until a signal ends it."""

from pathlib import Path
from typing import Annotated

import typer

from stockbot_operator.main import main
from stockbot_operator.settings import OperatorSettings

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def operator(
    namespace: Annotated[
        list[str] | None,
        typer.Option(help="A namespace to look after; may be repeated. By default all.", show_default=False),
    ] = None,
    default_image: Annotated[
        str | None, typer.Option(help="The image of services that name none.", show_default=False)
    ] = None,
    kubeconfig: Annotated[
        Path | None, typer.Option(help="A kubeconfig; by default the pod's own account.", show_default=False)
    ] = None,
    context: Annotated[str | None, typer.Option(help="A context of the kubeconfig.", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(help="Where /livez, /readyz and /metrics are; by default 8080.", show_default=False)
    ] = None,
) -> None:
    """Make the TradingServices of a cluster into Deployments, and keep them so.

    Every option is a STOCKBOT_OPERATOR_ variable as well.
    """
    settings = OperatorSettings.load(
        namespaces=tuple(namespace) if namespace else None,
        default_image=default_image,
        kubeconfig=kubeconfig,
        context=context,
        port=port,
    )
    raise typer.Exit(main(settings))

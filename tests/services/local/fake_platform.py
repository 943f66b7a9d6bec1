"""`stockbot up` over fake services, run by the tests as `fake_platform.py DOCUMENTS DATA_DIR PORT_OFFSET`."""

import sys
from pathlib import Path

from rich.console import Console

from stockbot.errors import ConfigurationError
from stockbot.local.options import Options
from stockbot.local.up import up
from stockbot.spec import ServiceType

FAKE = Path(__file__).with_name("fake_service.py")


def main(documents: str, data_dir: str, port_offset: str) -> None:
    options = Options(
        paths=[Path(documents)],
        data_dir=Path(data_dir),
        port_offset=int(port_offset),
        command=lambda document: [sys.executable, str(FAKE), str(document)],
        is_built=lambda service_type: service_type is not ServiceType.ALERT_MANAGER,
    )
    try:
        up(options, Console())
    except ConfigurationError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])

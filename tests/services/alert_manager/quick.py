"""Run as a program: an Alert Manager that calls a service quiet sooner than a document may ask for, 15 s.

What waiting decides is tested with a clock; tests over processes need not wait for it.
"""

import os
import sys
from pathlib import Path

from stockbot.alert_manager.main import main
from stockbot.spec import TradingService, load_documents
from stockbot.spec.alert_manager import AlertManager


def quick(document: TradingService, quiet_seconds: int) -> TradingService:
    block = (document.spec.alert_manager or AlertManager()).model_copy(update={"quiet_after_seconds": quiet_seconds})
    return document.model_copy(update={"spec": document.spec.model_copy(update={"alert_manager": block})})


if __name__ == "__main__":
    (read,) = load_documents(Path(sys.argv[1]))
    main(quick(read, int(os.environ["QUIET_SECONDS"])))

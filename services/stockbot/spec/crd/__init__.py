"""The custom resource definition of TradingService, generated from the models: k8s/operator/crd.yaml.

`make docs` writes it; `stockbot crd` prints it.
"""

from stockbot.spec.crd.definition import crd_yaml, definition

__all__ = ["crd_yaml", "definition"]

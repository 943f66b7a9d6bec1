"""Which order has which two names: Alpaca's id and our client order id. A cache; what it forgets is asked again."""

from collections import OrderedDict

MOST = 20_000  # orders; one takes about 300 bytes


class Names:
    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._client: OrderedDict[str, str] = OrderedDict()  # by Alpaca's id
        self._broker: dict[str, str] = {}  # by client order id

    def learn(self, broker_order_id: str, client_order_id: str) -> None:
        self._client[broker_order_id] = client_order_id
        self._client.move_to_end(broker_order_id)
        self._broker[client_order_id] = broker_order_id
        while len(self._client) > self._most:
            _, oldest = self._client.popitem(last=False)
            self._broker.pop(oldest, None)

    def client_order_id(self, broker_order_id: str) -> str | None:
        return self._client.get(broker_order_id)

    def broker_order_id(self, client_order_id: str) -> str | None:
        return self._broker.get(client_order_id)

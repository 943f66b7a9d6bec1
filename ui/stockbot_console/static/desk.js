// What happens in the browser alone on the pages of orders, portfolio and alerts: cells of grids, the order form, the curve.

Object.assign(stockbot, {
  path: (path) => (window.path_prefix ?? "") + path,
  orderPage: (data) => stockbot.path(`/orders/${encodeURIComponent(data.key)}`),
  openWith: (address) => ({ data, event }) => {
    if (event.target.tagName !== "A") window.open(address(data), event.ctrlKey || event.metaKey ? "_blank" : "_self");
  },
  fitRows({ api, context, clientWidth }) {
    const width = clientWidth ?? api.getGridBodyElement?.()?.clientWidth ?? document.body.clientWidth;
    const narrow = api.getGridOption("context")?.narrow ?? [];
    const others = api.getColumns().map((column) => column.getColId()).filter((id) => !narrow.includes(id));
    api.setColumnsVisible(others, width >= 760);
  },
  stateCell: ({ data }) => stockbot.element("span", `badge ${data.level}`, data.state),
  sideCell: ({ data }) => stockbot.element("span", `wish ${data.side}`, data.side),
  plainSymbolCell({ data }) {
    const link = stockbot.element("a", "symbol", data.symbol);
    link.href = stockbot.symbolPage(data.symbol);
    return link;
  },
  gainCell({ data, colDef }) {
    const field = colDef.colId ?? colDef.field;
    return stockbot.element("span", data[`${field}Direction`], data[field]);
  },
  explainLink(chain, title) {
    const link = stockbot.element("a", "more", title);
    link.href = stockbot.path(`/explain/${encodeURIComponent(chain)}`);
    return link;
  },
  explainCell: ({ data }) => stockbot.explainLink(data.chain, "explain"),
  explainTradeCell({ data }) {
    const cell = stockbot.element("span", "both");
    cell.append(stockbot.explainLink(data.chain, "entry"));
    if (data.closingChain) cell.append(stockbot.explainLink(data.closingChain, "exit"));
    return cell;
  },

  orderType(form) {
    const type = new FormData(form).get("order_type");
    for (const field of form.querySelectorAll("[data-types]")) {
      const needed = field.dataset.types.split(" ").includes(type), input = field.querySelector("input");
      field.hidden = !needed;
      input.required = needed;
    }
  },

  money: (number) => Number(number).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
  axisMoney: (value) => Number(value).toLocaleString("en-US", { maximumFractionDigits: 2 }),
  axisTime: {
    year: "{yyyy}",
    month: "{MMM}",
    day: "{d} {MMM}",
    hour: "{HH}:{mm}",
    minute: "{HH}:{mm}",
    second: "{HH}:{mm}:{ss}",
    millisecond: "{HH}:{mm}:{ss}",
  },
  equityTooltip(points) {
    const box = stockbot.element("div", "");
    box.append(stockbot.element("div", "heading", new Date(points[0].value[0]).toLocaleString()));
    for (const { seriesName, value } of points) {
      const line = Object.assign(stockbot.element("div", ""), { style: "display:flex;justify-content:space-between;gap:1.5rem" });
      line.append(stockbot.element("span", "muted", seriesName), stockbot.element("span", "", stockbot.money(value[1])));
      box.append(line);
    }
    return box;
  },
});

new MutationObserver(() => {
  const form = document.querySelector(".order-form:not([data-ready])");
  if (!form) return;
  form.dataset.ready = "";
  for (const input of form.querySelectorAll("[data-first]")) input.value = input.dataset.first;
  stockbot.orderType(form);
}).observe(document, { childList: true, subtree: true });

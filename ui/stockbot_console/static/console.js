// What happens in the browser alone: cells of the watchlist, ages that tick, keys, the palette. Words for ages are
// those of view_models/ages.py; a test compares the two.

const stockbot = {
  skew: 0, // the browser's clock minus the console's, milliseconds

  age(milliseconds) {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 86400) {
      const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
      return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
    }
    return `${Math.floor(seconds / 86400)} d`;
  },
  ageOf: (at) => stockbot.age(Date.now() - stockbot.skew - at),
  tick() {
    for (const element of document.querySelectorAll("[data-at]")) {
      const text = element.dataset.at ? stockbot.ageOf(Number(element.dataset.at)) : "";
      if (element.textContent !== text) element.textContent = text;
    }
  },

  element(tag, className, text = "") {
    return Object.assign(document.createElement(tag), { className, textContent: text });
  },
  symbolCell({ data }) {
    const link = stockbot.element("a", "symbol", data.symbol);
    link.href = stockbot.symbolPage(data.symbol);
    const cell = stockbot.element("span", "source");
    cell.append(link, ...stockbot.badges(data.badges.filter((word) => word !== "SIMULATED"), "narrow"));
    return cell;
  },
  badges: (words, className) => words.map((word) => stockbot.element("span", `badge ${word} ${className}`, word)),
  symbolPage: (symbol) => `${window.path_prefix ?? ""}/symbols/${encodeURIComponent(symbol)}`,
  changeCell: ({ data }) => stockbot.element("span", data.direction, data.percent),
  deltaCell: ({ data }) => stockbot.element("span", data.direction, data.change),
  ageCell({ data }) {
    const cell = stockbot.element("span", "seen", stockbot.ageOf(data.at));
    cell.dataset.at = data.at;
    return cell;
  },
  sourceCell({ data }) {
    const cell = stockbot.element("span", "source");
    cell.append(stockbot.element("span", "", data.provider));
    cell.append(...stockbot.badges(data.badges, ""));
    return cell;
  },
  sparkCell({ data }) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 96 22");
    svg.setAttribute("class", `spark ${data.direction}`);
    svg.setAttribute("width", "96");
    svg.setAttribute("height", "100%");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    line.setAttribute("points", data.spark);
    svg.append(line);
    return svg;
  },
  fitColumns({ api, clientWidth }) {
    api.setColumnsVisible(["bid", "ask", "spread", "volume", "delta", "source"], clientWidth >= 900);
    api.setColumnsVisible(["spark"], clientWidth >= 480);
  },
  openRow: ({ data, event }) => {
    if (event.target.tagName !== "A") window.open(stockbot.symbolPage(data.symbol), event.ctrlKey || event.metaKey ? "_blank" : "_self");
  },
  filter(input) {
    const address = new URL(window.location.href);
    if (input.value) address.searchParams.set("q", input.value);
    else address.searchParams.delete("q");
    history.replaceState(history.state, "", address);
    getElement(document.querySelector(".watchlist .nicegui-aggrid").id.slice(1)).api.setGridOption("quickFilterText", input.value);
  },

  price: (number) => number.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 4 }),
  axisPrice: (value) => stockbot.price(Number(value)),
  pointerPrice: ({ value }) => Number(value).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
  candleTooltip(points) {
    const list = Array.isArray(points) ? points : [points];
    const candle = list.find((point) => point.seriesType === "candlestick"), volume = list.find((point) => point.seriesType === "bar");
    const rows = [];
    if (candle && candle.value.length > 1) {
      const [open, close, low, high] = candle.value.slice(-4);
      rows.push(["Open", open], ["High", high], ["Low", low], ["Close", close]);
    }
    const cells = rows.map(([name, value]) => [name, stockbot.price(value)]);
    if (volume && volume.value != null) cells.push(["Volume", Number(volume.value).toLocaleString("en-US")]);
    const box = stockbot.element("div", "");
    box.append(stockbot.element("div", "heading", list[0].name));
    for (const [name, value] of cells) {
      const line = Object.assign(stockbot.element("div", ""), { style: "display:flex;justify-content:space-between;gap:1.5rem" });
      line.append(stockbot.element("span", "muted", name), stockbot.element("span", "", value));
      box.append(line);
    }
    return box;
  },
  candleTooltipPosition: (point, _params, _dom, _rect, size) => [point[0] < size.viewSize[0] / 2 ? size.viewSize[0] - size.contentSize[0] - 84 : 16, 16],

  go(path) {
    window.location.assign((window.path_prefix ?? "") + path);
  },
  sheet(name) {
    const dialog = document.querySelector(`dialog.${name}`);
    if (dialog && !dialog.open) dialog.showModal();
    return dialog;
  },
  keys: {
    "/": () => (document.querySelector("[data-search]") ?? { focus: () => stockbot.openPalette() }).focus(),
    "?": () => stockbot.sheet("keys"),
    t: () => document.querySelector("[data-theme-switch]")?.click(),
    "g v": () => stockbot.go("/overview"),
    "g m": () => stockbot.go("/"),
    "g s": () => stockbot.go("/strategies"),
    "g o": () => stockbot.go("/orders"),
    "g f": () => stockbot.go("/portfolio"),
    "g a": () => stockbot.go("/alerts"),
    "g d": () => stockbot.go("/dead-letters"),
    "g r": () => stockbot.go("/risk"),
    "g p": () => stockbot.go("/providers"),
    "g e": () => stockbot.go("/services"),
  },
  prefix: "",
  onKey(event) {
    if ((event.ctrlKey || event.metaKey) && event.key === "k") {
      event.preventDefault();
      return stockbot.openPalette();
    }
    if (event.key === "Escape" && event.target.matches?.("[data-search]")) return event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, dialog")) return;
    const chord = stockbot.prefix ? `${stockbot.prefix} ${event.key}` : event.key;
    stockbot.prefix = "";
    if (stockbot.keys[chord]) {
      event.preventDefault();
      stockbot.keys[chord]();
    } else if (event.key === "g") {
      stockbot.prefix = "g";
      setTimeout(() => (stockbot.prefix = ""), 1000);
    }
  },

  places() {
    const symbols = JSON.parse(document.getElementById("symbols")?.textContent ?? "[]");
    return [["Overview", "/overview", "page"], ["Market", "/", "page"], ["Strategies", "/strategies", "page"], ["Orders", "/orders", "page"], ["New order", "/orders/new", "page"], ["Portfolio", "/portfolio", "page"], ["Risk", "/risk", "page"], ["Alerts", "/alerts", "page"], ["Dead letters", "/dead-letters", "page"], ["Providers", "/providers", "page"], ["Services", "/services", "page"], ...symbols.map((symbol) => [symbol, `/symbols/${encodeURIComponent(symbol)}`, "symbol"])];
  },
  openPalette() {
    const dialog = stockbot.sheet("palette");
    if (!dialog) return;
    const input = dialog.querySelector("input");
    input.value = "";
    stockbot.showPlaces(dialog);
    input.focus();
  },
  showPlaces(dialog) {
    const wanted = dialog.querySelector("input").value.trim().toLowerCase();
    const found = stockbot.places().filter(([name]) => name.toLowerCase().includes(wanted)).slice(0, 12);
    dialog.querySelector("ul").replaceChildren(...found.map(([name, path, kind], index) => {
      const link = Object.assign(stockbot.element("a", index ? "" : "here", name), { href: (window.path_prefix ?? "") + path });
      link.append(stockbot.element("span", "muted", kind));
      const item = document.createElement("li");
      item.append(link);
      return item;
    }));
  },
  choosePlace(dialog, event) {
    const links = [...dialog.querySelectorAll("a")], at = links.findIndex((link) => link.classList.contains("here"));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") links[at]?.click();
    if (!step || !links.length) return;
    event.preventDefault();
    links[at].classList.remove("here");
    const next = links[(at + step + links.length) % links.length];
    next.classList.add("here");
    next.scrollIntoView({ block: "nearest" });
  },
};

window.stockbot = stockbot;
setInterval(stockbot.tick, 1000);
document.addEventListener("keydown", stockbot.onKey);
document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-search]")) stockbot.filter(target);
  if (target.closest("dialog.palette")) stockbot.showPlaces(target.closest("dialog"));
});
document.addEventListener("keydown", (event) => {
  const palette = event.target.closest?.("dialog.palette");
  if (palette) stockbot.choosePlace(palette, event);
});
document.addEventListener("click", ({ target }) => {
  if (target.matches("dialog.sheet")) target.close(); // the backdrop belongs to the dialog
});
document.addEventListener("DOMContentLoaded", () => {
  stockbot.skew = Date.now() - Number(document.querySelector("meta[name=console-time]")?.content ?? Date.now());
  const watchSocket = setInterval(() => {
    if (!window.socket) return;
    clearInterval(watchSocket);
    window.socket.on("disconnect", () => document.body.classList.add("offline"));
    window.socket.on("connect", () => document.body.classList.remove("offline"));
  }, 50);
});

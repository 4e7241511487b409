// The sheet with every request between the gateway and the outside world.

import { get, post } from "./api.js";
import { h, when } from "./dom.js";

const KINDS = { create: "Text created", callback: "Status callback", inbound: "Customer’s text", mail: "Inbound mail", smtp: "Mail sent" };

export class Log {
  constructor() {
    this.dialog = document.getElementById("log");
    this.list = document.getElementById("log-list");
    document.getElementById("open-log").addEventListener("click", () => { this.dialog.showModal(); this.refresh(); });
    document.getElementById("reset").addEventListener("click", () => this.reset());
  }

  async refresh() {
    if (!this.dialog.open || this.list.querySelector("details[open]")) return;
    const { calls } = await get("log");
    this.list.replaceChildren(...(calls.length ? calls.map(row) : [h("p", { class: "empty" }, "Nothing was asked or answered yet.")]));
  }

  async reset() {
    if (!confirm("Forget every message, mail, fault and request of this simulator?")) return;
    await post("reset", {});
    this.list.replaceChildren();
    document.dispatchEvent(new Event("changed"));
  }
}

function row(call) {
  const toGateway = call.direction === "to_gateway";
  const good = call.status !== null && call.status < 400;
  return h("details", {},
    h("summary", {},
      h("span", { class: `code${good ? "" : " bad"}` }, String(call.status ?? "—")),
      h("span", { class: "what" }, h("b", {}, KINDS[call.kind] ?? call.kind), h("small", {}, `${toGateway ? "to" : "from"} the gateway${call.attempt > 1 ? `, try ${call.attempt}` : ""} · ${call.milliseconds} ms`)),
      when(new Date(call.at * 1000).toISOString())),
    h("p", { class: "meta" }, `${call.method} ${call.url}`),
    h("h3", {}, "Request"), h("pre", { tabindex: "0" }, readable(call.request)),
    h("h3", {}, "Answer"), h("pre", { tabindex: "0" }, call.response || "Empty"));
}

function readable(text) {
  if (!/^[\w%.<>-]+=/.test(text)) return text;
  return Array.from(new URLSearchParams(text), ([name, value]) => `${name}: ${value}`).join("\n");
}

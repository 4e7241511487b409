// The sheet with the switches that make the outside world misbehave.

import { get, put, remove } from "./api.js";
import { h } from "./dom.js";

const COUNTS = { 0: "Off", 1: "Next one", 2: "Next 2", 5: "Next 5", 20: "Next 20", always: "Always" };

export class Faults {
  constructor() {
    this.dialog = document.getElementById("faults");
    this.list = document.getElementById("faults-list");
    document.getElementById("open-faults").addEventListener("click", () => this.dialog.showModal());
    document.getElementById("faults-off").addEventListener("click", async () => this.show(await remove("faults")));
  }

  async refresh() {
    if (!this.list.contains(document.activeElement)) this.show(await get("faults"));
  }

  show(switches) {
    const entries = Object.entries(switches);
    const on = entries.filter(([, one]) => one.count !== 0).length;
    const badge = document.getElementById("faults-on");
    badge.hidden = on === 0;
    badge.textContent = on;
    const groups = [...new Set(entries.map(([, one]) => one.group))];
    this.list.replaceChildren(...groups.map((group) => h("fieldset", {}, h("legend", {}, group),
      entries.filter(([, one]) => one.group === group).map(([name, one]) => this.row(name, one)))));
  }

  row(name, one) {
    const values = Object.entries(one.values).map(([key, value]) =>
      h("label", { class: "small" }, `${key.replace("_", " ")} `, h("input", { type: "number", min: "0", name: key, value, "aria-label": `${one.label}: ${key}` })));
    const counts = one.count in COUNTS ? COUNTS : { ...COUNTS, [one.count]: `Next ${one.count}` };
    const select = h("select", { "aria-label": one.label }, Object.entries(counts).map(([count, label]) =>
      h("option", { value: count, selected: String(one.count) === count }, label)));
    const row = h("div", { class: `fault${one.count === 0 ? "" : " on"}`, onchange: () => this.turn(name, select, row) },
      h("span", { class: "label" }, one.label), values, select);
    return row;
  }

  async turn(name, select, row) {
    const values = Array.from(row.querySelectorAll("input"), (input) => [input.name, Number(input.value)]);
    const count = select.value === "always" ? "always" : Number(select.value);
    const switches = await put("faults", { [name]: { count, ...Object.fromEntries(values) } });
    row.classList.toggle("on", switches[name].count !== 0);
    select.blur();
    this.show(switches);
  }
}

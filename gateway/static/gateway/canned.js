// Canned answers: `/` at the start of a line or the button opens the list, what is typed narrows it, and the chosen
// one goes where the cursor stands. The focus stays in the reply box, which names the active option (ARIA, 1.2:
// `aria-activedescendant`); a `textarea` may not have the role of a combobox (ARIA in HTML).

const byId = (id) => document.getElementById(id);
const place = () => byId("canned");
const box = () => byId("reply");
const button = () => document.querySelector("[data-canned]");
const options = () => [...place().querySelectorAll("[role=option]:not([hidden])")];

let open = null; // where the list was asked for: what is replaced from, and where the words that narrow it begin

document.addEventListener("input", ({ target }) => {
  if (target !== box()) return;
  const cursor = target.selectionStart;
  if (open) {
    narrow();
    return;
  }
  const line = target.value.slice(target.value.lastIndexOf("\n", cursor - 1) + 1, cursor);
  if (line === "/") show({ from: cursor - 1, words: cursor });
});

document.addEventListener("keydown", (event) => {
  if (!open || event.target !== box() || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => insert(active()),
    Escape: close,
  }[event.key];
  if (!act || (event.key === "Enter" && !active())) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-canned]")) {
    const wasOpen = open;
    close();
    box().focus();
    const cursor = box().selectionStart;
    if (!wasOpen) show({ from: cursor, words: cursor });
    return;
  }
  const option = target.closest("#canned [role=option]");
  if (option) insert(option);
  else if (open && !target.closest("#canned") && target !== box()) close();
});

// A press on the list must not take the focus from the reply box.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest("#canned [role=option]")) event.preventDefault();
});
document.addEventListener("focusin", ({ target }) => {
  if (open && target !== box() && !target.closest("#canned, [data-canned]")) close();
});

async function show(at) {
  open = at;
  const list = place();
  try {
    await htmx.ajax("GET", list.dataset.url, { target: list, swap: "innerHTML" });
  } catch {
    close(); // the page says what went wrong
  }
  if (open !== at || list !== place() || !byId("canned-list")) return;
  list.hidden = false;
  button().setAttribute("aria-expanded", "true");
  box().setAttribute("aria-controls", "canned-list");
  byId("canned-help").textContent = byId("canned-help").dataset.help;
  narrow();
}

function narrow() {
  const { value, selectionStart: cursor } = box();
  const words = value.slice(open.words, cursor).toLowerCase();
  if (cursor < open.words || words.includes("\n")) {
    close();
    return;
  }
  if (place().hidden) return; // still on its way
  for (const option of place().querySelectorAll("[role=option]")) {
    option.hidden = !option.textContent.toLowerCase().includes(words);
  }
  const [first] = options();
  if (first || !words) activate(first);
  else close();
}

function active() {
  return place().querySelector("[aria-selected=true]");
}

function step(by) {
  const all = options();
  activate(all[(all.indexOf(active()) + by + all.length) % all.length]);
}

function activate(option) {
  active()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) box().setAttribute("aria-activedescendant", option.id);
  else box().removeAttribute("aria-activedescendant");
}

function insert(option) {
  const { from } = open;
  close();
  box().setRangeText(option.dataset.insert, from, box().selectionStart, "end");
  box().dispatchEvent(new Event("input", { bubbles: true }));
  box().focus();
}

function close() {
  open = null;
  if (!place()) return;
  place().hidden = true;
  button().setAttribute("aria-expanded", "false");
  byId("canned-help").textContent = "";
  box().removeAttribute("aria-activedescendant");
  box().removeAttribute("aria-controls");
}

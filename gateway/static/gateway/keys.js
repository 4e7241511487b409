// Keys for those who work through many conversations. They can be turned off, and do nothing while one types.

const OFF = "keys-off"; // in this browser's storage

const byId = (id) => document.getElementById(id);
const rows = () => [...document.querySelectorAll("#rows a.conv")];

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  r: () => byId("reply")?.focus(),
  e: () => document.querySelector("#thread-head [formaction*='/archive/']")?.click(),
  n: () => unfold("note-box", "textarea"),
  s: () => unfold("snooze-menu", "button"),
  "/": () => byId("filter-q")?.focus(),
  "?": () => byId("keys-help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (isOff() || document.querySelector("dialog[open]")) return;
  if (event.key === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) {
    event.preventDefault();
    openGoTo();
  } else if (KEYS[event.key] && !isTyping(event)) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

function isTyping({ target, ctrlKey, metaKey, altKey, isComposing }) {
  const field = "input:not([type=checkbox]), textarea, select, [contenteditable]";
  return ctrlKey || metaKey || altKey || isComposing || target.closest?.(field);
}

function isOff() {
  return localStorage.getItem(OFF) !== null;
}

function step(by) {
  const all = rows();
  const here = all.findIndex((row) => row.hasAttribute("aria-current"));
  const next = here < 0 ? all[0] : all[here + by];
  next?.scrollIntoView({ block: "nearest" });
  next?.click();
}

function unfold(id, what) {
  const part = byId(id);
  if (!part) return;
  part.open = true;
  part.querySelector(`${what}:not([type=hidden])`).focus();
}

// The places of the rail, narrowed by what is typed; Enter looks for the words in the messages.
function openGoTo() {
  const links = [...document.querySelectorAll("#rail a[title]:not([hx-boost=false])")];
  byId("goto-places").replaceChildren(
    ...links.map((link) => {
      const item = document.createElement("li");
      const copy = document.createElement("a");
      [copy.href, copy.textContent] = [link.href, link.title];
      item.append(copy);
      return item;
    }),
  );
  htmx.process(byId("goto-places"));
  byId("goto-q").value = "";
  byId("goto").showModal();
}

document.addEventListener("input", ({ target }) => {
  if (target.id !== "goto-q") return;
  const words = target.value.toLowerCase();
  for (const item of byId("goto-places").children) {
    item.hidden = !item.textContent.toLowerCase().includes(words);
  }
});

document.addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || !event.target.closest?.("#goto")) return;
  event.preventDefault();
  const stops = [byId("goto-q"), ...document.querySelectorAll("#goto-places li:not([hidden]) a")];
  stops[stops.indexOf(document.activeElement) + by]?.focus();
});

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-keys]")) byId("keys-help").showModal();
  if (target.closest("#goto a") || target.matches("dialog")) target.closest("dialog").close();
});
document.addEventListener("submit", ({ target }) => target.closest("#goto")?.close());

document.addEventListener("change", ({ target }) => {
  if (target.id !== "keys-on") return;
  if (target.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
});
byId("keys-on").checked = !isOff();

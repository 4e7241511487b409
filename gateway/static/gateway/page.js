// What every page does: keeps folded-out parts open, moves the focus along, closes menus, copies and prints.

let isNews = false; // what is exchanged now was not asked for by the reader
let newest; // what he asked for last: an earlier page that comes after it would take him back
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target.id === "main") newest = detail.xhr;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event;
  const { elt } = detail.requestConfig;
  isNews = elt.id === "live";
  if (detail.target.id === "main" && detail.xhr !== newest) {
    detail.shouldSwap = false;
    event.stopImmediatePropagation();
    return;
  }
  // What was pressed has been exchanged meanwhile: htmx finds no attribute of it that says what of the page to take.
  if (!elt.isConnected && detail.target.id === "main") {
    detail.shouldSwap = false;
    location.assign(detail.xhr.responseURL);
  }
});

// A part that is exchanged keeps what the reader had unfolded and chosen; one in which he types stays.
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const typing = document.activeElement?.closest("input:not([type=checkbox]), select");
  if (isNews && detail.target.contains(typing)) detail.shouldSwap = false;
  for (const pick of detail.target.querySelectorAll("input.pick:checked")) {
    const again = detail.fragment.querySelector(`#${pick.id}`);
    if (again) again.checked = true;
  }
  for (const open of detail.target.querySelectorAll("details[open][id]")) {
    const again = detail.fragment.querySelector(`#${open.id}`);
    if (again) again.open = true;
  }
});

// After following a link the focus goes to what was opened, as with a page of its own.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.requestConfig.elt.id === "live" || detail.target.id !== "main") return;
  if (detail.requestConfig.elt.closest("#composer")) {
    document.getElementById("reply")?.focus();
  } else if (!detail.requestConfig.elt.closest("[role=search]")) {
    document.getElementById("main").focus({ preventScroll: true });
  }
});

// The mark of the tab counts along.
document.addEventListener("htmx:afterSettle", () => {
  const icon = document.querySelector("link[rel=icon]");
  const { icon: counted } = document.getElementById("rail").dataset;
  if (icon.getAttribute("href") !== counted) icon.setAttribute("href", counted);
});

document.addEventListener("click", ({ target }) => closeMenus(target));
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") closeMenus(null);
});

document.addEventListener("click", async ({ target }) => {
  if (target.closest("[data-print]")) window.print();
  const copies = target.closest("[data-copy]");
  if (!copies) return;
  const field = document.getElementById(copies.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    tell("copied");
  } catch {
    tell("selected");
  }
});

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

document.addEventListener("htmx:sendError", ({ detail }) => {
  if (detail.requestConfig.elt.id !== "live") tell("unsent");
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.requestConfig.elt.id === "live") return;
  tell("failed", detail.xhr.status);
});

// What is said stands in the page, in its language; `*` in it is the detail.
function tell(name, detail = "") {
  const flash = document.getElementById("flash");
  const line = document.createElement("p");
  line.textContent = flash.dataset[name].replace("*", detail);
  flash.replaceChildren(line);
}

// What every page does: keeps folded-out parts open, moves the focus along, closes menus, copies and prints.

let isNews = false; // what is exchanged now was not asked for by the reader
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  isNews = detail.requestConfig.elt.id === "live";
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
    tell("Copied.");
  } catch {
    tell("The browser does not copy by itself here: it is selected, press Ctrl+C.");
  }
});

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

document.addEventListener("htmx:sendError", ({ detail }) => {
  if (detail.requestConfig.elt.id !== "live") tell("No connection: nothing was sent. Try again.");
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.requestConfig.elt.id === "live") return;
  tell(`That did not work (${detail.xhr.status}). Reload the page and try again.`);
});

function tell(text) {
  const line = document.createElement("p");
  line.textContent = text;
  document.getElementById("flash").replaceChildren(line);
}

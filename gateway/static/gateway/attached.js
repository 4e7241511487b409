// Files to send: chosen, dropped on the conversation or pasted; each is shown, and can be taken out before it is sent.

const MEGABYTE = 1024 * 1024;
const byId = (id) => document.getElementById(id);
const input = () => document.querySelector("form#composer input[name=attachments]");
const place = () => input().form.dataset.conversation ?? "";
const kept = new Map(); // the files of each conversation: choosing again would replace them, a note would drop them
let sent; // the form that went off last, and from where

document.addEventListener("change", ({ target }) => {
  if (target === input()) add(target.files);
});

document.addEventListener("paste", (event) => {
  const { files, types } = event.clipboardData;
  // A spreadsheet puts a picture of its cells beside their text.
  if (event.target.id !== "reply" || !files.length || types.includes("text/plain")) return;
  event.preventDefault();
  add(files);
});

for (const kind of ["dragover", "drop", "dragleave", "dragend"]) {
  document.addEventListener(kind, (event) => {
    if (!input() || !event.dataTransfer?.types.includes("Files")) return;
    const isOver = kind === "dragover" || (kind === "dragleave" && event.relatedTarget);
    byId("composer").classList.toggle("dropping", Boolean(isOver));
    if (kind === "dragover" || kind === "drop") event.preventDefault();
    if (kind === "drop") add(event.dataTransfer.files);
  });
}

document.addEventListener("click", ({ target }) => {
  const row = target.closest("[data-take-out]")?.closest("li");
  if (!row) return;
  const at = [...row.parentElement.children].indexOf(row);
  change(files().filter((_, index) => index !== at));
  (byId("attached").querySelector("button") ?? input()).focus();
});

document.addEventListener("submit", ({ target }) => {
  if (target.id === "composer" && input()) sent = { place: place(), form: target.elements.form_id.value };
});

function files() {
  return kept.get(place()) ?? [];
}

function add(more) {
  const known = new Set(files().map(sameness));
  change([...files(), ...[...more].filter((file) => !known.has(sameness(file)))]);
}

// What it costs by text depends on the files, too.
function change(wanted) {
  put(wanted);
  byId("attached").dispatchEvent(new Event("attached"));
}

function sameness({ name, size, lastModified }) {
  return `${name} ${size} ${lastModified}`;
}

function put(wanted) {
  const transfer = new DataTransfer();
  for (const file of wanted) transfer.items.add(file);
  kept.set(place(), wanted);
  input().files = transfer.files;
  render();
}

function render() {
  const list = byId("attached");
  if (!list) return;
  const problem = tooMuch(list.dataset);
  list.replaceChildren(...files().map(row));
  list.hidden = !files().length;
  const note = byId("attached-note");
  note.className = problem ? "problem" : "preview";
  note.textContent = problem || (files().length ? list.dataset.limits : "");
  input().setCustomValidity(problem);
}

function tooMuch({ most, largest, tooMany, tooLarge }) {
  if (files().length > Number(most)) return tooMany;
  const size = files().reduce((sum, file) => sum + file.size, 0);
  return size > Number(largest) ? tooLarge : "";
}

function row(file) {
  const item = byId("attached-file").content.firstElementChild.cloneNode(true);
  item.querySelector(".name").textContent = file.name;
  item.querySelector("small").textContent = sizeOf(file.size);
  item.querySelector("button .sr").append(` ${file.name}`);
  for (const said of ["name", "size", "type"]) item.querySelector(`[name=file_${said}]`).value = file[said];
  if (file.type.startsWith("image/")) picture(file, item);
  return item;
}

async function picture(file, item) {
  const canvas = item.querySelector("canvas");
  try {
    const image = await createImageBitmap(file);
    const scale = Math.max(canvas.width / image.width, canvas.height / image.height);
    const [width, height] = [image.width * scale, image.height * scale];
    const [left, top] = [(canvas.width - width) / 2, (canvas.height - height) / 2];
    canvas.getContext("2d").drawImage(image, left, top, width, height);
    image.close();
    canvas.hidden = false;
    item.querySelector(".i").remove();
  } catch {
    // A picture that this browser cannot read keeps the mark of a file.
  }
}

function sizeOf(bytes) {
  const [value, unit] = bytes < MEGABYTE ? [bytes / 1024, "kilobyte"] : [bytes / MEGABYTE, "megabyte"];
  const words = { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 };
  return new Intl.NumberFormat(document.documentElement.lang, words).format(value);
}

document.addEventListener("htmx:sendError", ({ detail }) => {
  if (detail.requestConfig.elt.id === "composer") sent = undefined;
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (sent && detail.target.id === "main") {
    // A form that comes back with its problems is the one that was sent.
    if (input()?.form.elements.form_id.value !== sent.form) kept.delete(sent.place);
    sent = undefined;
  }
  if (input()) put(files());
});

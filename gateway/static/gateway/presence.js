// Says every moment which conversation is on the screen and whether one writes, and shows who else does.

const EVERY = 10_000; // milliseconds
const WRITING_FOR = 15_000; // after the last key

const place = () => document.getElementById("here");

let timer;
let shownAt; // the address of the conversation it was said of last
let typedAt = 0;

async function say() {
  clearTimeout(timer);
  const url = place()?.dataset.url;
  shownAt = url;
  if (url && !document.hidden) await exchange(url);
  clearTimeout(timer); // somebody typed meanwhile, perhaps
  timer = setTimeout(say, EVERY);
}

async function exchange(url) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const options = {
    method: "POST",
    headers: { "X-CSRFToken": token },
    body: new URLSearchParams({ writing: isWriting() ? "1" : "" }),
  };
  try {
    const answer = await fetch(url, options);
    if (answer.ok && !answer.redirected) show(url, await answer.text());
  } catch {
    // live.js says that there is no connection
  }
}

function show(url, words) {
  const here = place();
  if (here?.dataset.url === url && here.textContent !== words) here.textContent = words;
}

function isWriting() {
  return Date.now() - typedAt < WRITING_FOR;
}

document.addEventListener("input", ({ target }) => {
  if (target.id !== "reply") return;
  const wasWriting = isWriting();
  typedAt = Date.now();
  if (!wasWriting) say();
});
document.addEventListener("submit", ({ target }) => {
  if (target.id === "composer") typedAt = 0;
});
document.addEventListener("htmx:afterSettle", () => {
  if (place()?.dataset.url === shownAt) return;
  typedAt = 0;
  say();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) say();
});
say();

// Tells what is new by a notification of the browser while nobody looks at any page of ours, where its
// owner has allowed that. The live stream says when to ask, where there is one; else the clock.
//
// Of many hidden pages one does it: a browser grants a site six connections.

const PAUSE = 15_000; // milliseconds between two questions without a stream
const LONGEST = 60_000; // and with one, which may have broken
const TELLS = "gateway-tells"; // held by the page that tells
const SEEN = "gateway-seen"; // held by each page that somebody looks at

const shown = new Set();
let after = "";
let release;

const live = () => document.getElementById("live");
const isAllowed = () => "Notification" in window && Notification.permission === "granted";

async function ask() {
  try {
    const answer = await fetch(`${live().dataset.news}?after=${encodeURIComponent(after)}`);
    if (!answer.ok) return;
    const { now, news } = await answer.json();
    const { held } = await navigator.locks.query();
    // What the first answer holds was there before anybody looked away.
    const isSeen = !after || held.some(({ name }) => name === SEEN);
    for (const each of news) tell(each, isSeen);
    after = now;
  } catch {
    // No connection: asked again in a while, from the same moment on.
  }
}

function tell({ key, title, body, url }, isSeen) {
  if (shown.has(key)) return;
  shown.add(key);
  if (isSeen) return;
  const notification = new Notification(title, { body, tag: key });
  notification.addEventListener("click", () => {
    notification.close();
    window.focus();
    location.assign(url);
  });
}

// Until `until` is aborted: asks whenever the stream rings, and now and then.
function listen(until) {
  const { stream: path } = live().dataset;
  const stream = path ? new EventSource(path) : undefined;
  stream?.addEventListener("message", ask);
  const timer = setInterval(ask, stream ? LONGEST : PAUSE);
  until.addEventListener("abort", () => {
    stream?.close();
    clearInterval(timer);
  });
  after = "";
  ask();
}

// Holds a lock until the page is shown or hidden the next time.
function hold(name, mode, begin) {
  const until = new AbortController();
  release = () => until.abort();
  navigator.locks
    .request(name, { mode, signal: until.signal }, () => {
      begin?.(until.signal);
      return new Promise((done) => until.signal.addEventListener("abort", done));
    })
    .catch(() => {}); // it was given up before it was granted
}

function look() {
  release?.();
  release = undefined;
  if (!isAllowed() || !navigator.locks || !live()?.dataset.news) return;
  if (document.hidden) hold(TELLS, "exclusive", listen);
  else hold(SEEN, "shared");
}

function showPermission() {
  const place = document.querySelector("[data-browser-notifications]");
  if (!place || !("Notification" in window)) return;
  place.hidden = false;
  const status = place.querySelector("[role=status]");
  status.textContent = status.dataset[Notification.permission];
  place.querySelector("button").hidden = Notification.permission !== "default";
}

document.addEventListener("click", async ({ target }) => {
  if (!target.closest("[data-browser-notifications] button")) return;
  await Notification.requestPermission();
  showPermission();
  look();
});
document.addEventListener("htmx:afterSettle", showPermission);
document.addEventListener("visibilitychange", look);
showPermission();
look();

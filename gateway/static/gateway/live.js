// Asks whether anything changed, and then reads the page again in place: whenever the live stream says
// so, where there is one, and every moment while it is not open.
//
// Only the parts that show messages are exchanged (see #live in app.html): what is being typed, the
// scroll position and the focus stay.

const PAUSE = 1000; // milliseconds between two questions
const LONGEST = 60_000; // "5m" ago must not stay on the screen for an hour, nor news that no stream told
const COME_BACK = 15_000; // before a stream that was refused is asked for again

const live = () => document.getElementById("live");
const connection = () => document.getElementById("connection");

let refreshedAt = Date.now();
let lookedAt = 0;
let isLooking = false;
let isRung = false;
let timer;
let stream;
let streamTimer;

async function look() {
  clearTimeout(timer);
  isLooking = true;
  isRung = false;
  lookedAt = Date.now();
  if (!document.hidden && live()) await ask();
  isLooking = false;
  timer = setTimeout(look, isTold() && !isRung ? LONGEST : PAUSE);
}

async function ask() {
  try {
    const version = document.getElementById("rail").dataset.version;
    const answer = await fetch(`${live().dataset.changes}?version=${version}`);
    if (answer.status === 401) {
      location.reload(); // signed out elsewhere: the page itself leads to the sign-in
    } else if (answer.ok) {
      say("");
      if (answer.status === 200 || Date.now() - refreshedAt >= LONGEST) refresh();
    } else {
      say("refused");
    }
  } catch {
    say("lost");
  }
}

function refresh() {
  // A page under way brings the news along; the one that it leads away from may be gone.
  if (document.querySelector(".htmx-request:not(#live)")) {
    isRung = true;
    return;
  }
  refreshedAt = Date.now();
  htmx.trigger(live(), "refresh");
}

function say(name) {
  const place = connection();
  const text = name && place.dataset[name];
  if (place.textContent === text) return;
  place.textContent = text;
  place.hidden = !text;
}

// Whether the stream would tell.
function isTold() {
  return stream?.readyState === EventSource.OPEN;
}

// Looks at once, and once a pause when there is news upon news.
function ring() {
  isRung = true;
  if (isLooking) return;
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(0, lookedAt + PAUSE - Date.now()));
}

// A browser grants a site six connections: a page that nobody sees must not hold one.
function listen() {
  clearTimeout(streamTimer);
  stream?.close();
  stream = undefined;
  if (document.hidden || !live()?.dataset.stream) return;
  stream = new EventSource(live().dataset.stream);
  stream.addEventListener("open", ring); // what came while it was not open has to be asked for
  stream.addEventListener("message", ring);
  stream.addEventListener("error", () => {
    ring();
    // One that broke is opened again by the browser, one that was refused is not.
    if (stream.readyState === EventSource.CLOSED) streamTimer = setTimeout(listen, COME_BACK);
  });
}

// An answer that was asked for before the reader went elsewhere must not land on the new page. The event
// comes from #live, which stays: from #main, which was exchanged meanwhile, it would reach nobody.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.elt.id !== "live") return;
  const here = location.href.split("#")[0];
  if (detail.xhr.responseURL.split("#")[0] !== here || detail.xhr.status !== 200) {
    detail.shouldSwap = false;
  }
});

document.addEventListener("visibilitychange", () => {
  listen();
  look();
});
listen();
look();

// Asks every moment whether anything changed, and then reads the page again in place.
//
// Only the parts that show messages are exchanged (see #live in app.html): what is being typed, the
// scroll position and the focus stay.

const PAUSE = 1000; // milliseconds between two questions
const LONGEST = 60_000; // "5m" ago must not stay on the screen for an hour

const live = () => document.getElementById("live");
const connection = () => document.getElementById("connection");

let refreshedAt = Date.now();
let timer;

async function look() {
  clearTimeout(timer);
  if (!document.hidden && live()) {
    await ask();
  }
  timer = setTimeout(look, PAUSE);
}

async function ask() {
  try {
    const version = document.getElementById("rail").dataset.version;
    const answer = await fetch(`${live().dataset.changes}?version=${version}`);
    if (answer.status === 401) {
      location.reload(); // signed out elsewhere: the page itself leads to the sign-in
    } else if (answer.ok) {
      say("");
      if (answer.status === 200 || Date.now() - refreshedAt > LONGEST) refresh();
    } else {
      say("The server does not answer. Trying again…");
    }
  } catch {
    say("No connection. Trying again…");
  }
}

function refresh() {
  refreshedAt = Date.now();
  htmx.trigger(live(), "refresh");
}

function say(text) {
  const place = connection();
  if (place.textContent === text) return;
  place.textContent = text;
  place.hidden = !text;
}

// An answer that was asked for before the reader went elsewhere must not land on the new page.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.elt.id !== "live") return;
  const here = location.href.split("#")[0];
  if (detail.xhr.responseURL.split("#")[0] !== here || detail.xhr.status !== 200) {
    detail.shouldSwap = false;
  }
});

document.addEventListener("visibilitychange", look);
look();

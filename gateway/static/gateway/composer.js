// The reply box: sends by keyboard, keeps drafts, and notes what its writer has seen.

const SEEN_AFTER = 1000; // milliseconds on the screen
const NEAR = 80; // pixels from the newest message that still count as being there

const composer = () => document.querySelector("form#composer");
const thread = () => document.getElementById("thread");

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "reply") {
    event.preventDefault();
    composer().requestSubmit(composer().querySelector(".send"));
  }
});

// Drafts live in this tab; the one that was sent is forgotten once a fresh form takes its place.
document.addEventListener("input", ({ target }) => {
  if (target.id === "reply") sessionStorage.setItem(key("draft"), target.value);
});
document.addEventListener("submit", ({ target }) => {
  if (target === composer()) sessionStorage.setItem(key("sent"), target.elements.form_id.value);
});

function key(kind) {
  return `${kind}:${composer().dataset.conversation}`;
}

// A quick answer goes where the cursor stands, and may be changed before it is sent.
document.addEventListener("click", ({ target }) => {
  const words = target.closest("[data-insert]")?.dataset.insert;
  if (!words) return;
  const box = composer().elements.reply;
  box.setRangeText(words, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
});

function restoreDraft() {
  const form = composer();
  if (!form) return;
  const sent = sessionStorage.getItem(key("sent"));
  if (sent && sent !== form.elements.form_id.value) {
    sessionStorage.removeItem(key("draft"));
  }
  sessionStorage.removeItem(key("sent"));
  const box = form.elements.reply;
  box.value ||= sessionStorage.getItem(key("draft")) ?? "";
}

// A reply box in use is never exchanged, and a fresh one does not claim that more was seen.
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const form = composer();
  if (!form || detail.target !== form) return;
  const { reply, attachments, seen } = form.elements;
  if (reply.value || attachments.files.length || form.contains(document.activeElement)) {
    detail.shouldSwap = false;
  }
  const fresh = detail.fragment.querySelector("[name=seen]");
  if (fresh) fresh.value = seen.value;
});

// What has stood on the screen for a moment has been seen; what is out of sight is announced.
let seeing;

function noteNewest() {
  const form = composer();
  const newest = thread()?.dataset.newest;
  const news = document.querySelector(".news");
  if (!form || !newest || form.elements.seen.value === newest) {
    if (news) news.hidden = true;
    return;
  }
  const box = thread().parentElement;
  news.hidden = Math.abs(box.scrollTop) < NEAR;
  clearTimeout(seeing);
  seeing = setTimeout(() => {
    if (document.hidden || !thread() || Math.abs(thread().parentElement.scrollTop) >= NEAR) return;
    if (thread().dataset.newest === newest && composer()) {
      composer().elements.seen.value = newest;
      document.querySelector(".news").hidden = true;
    }
  }, SEEN_AFTER);
}

document.addEventListener("click", ({ target }) => {
  if (target.closest(".news")) thread().parentElement.scrollTop = 0;
});
document.addEventListener("scroll", noteNewest, { capture: true, passive: true });
document.addEventListener("htmx:oobAfterSwap", noteNewest);
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "main") restoreDraft();
});
restoreDraft();

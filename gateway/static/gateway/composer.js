// The reply box: sends by keyboard, keeps drafts, takes suggestions, and notes what its writer has seen.

const SEEN_AFTER = 1000; // milliseconds on the screen
const SAVE_AFTER = 800; // milliseconds without a key
const LATE = 10_000; // milliseconds within which a page may come that was made before the server had the draft
const NEAR = 80; // pixels from the newest message that still count as being there

const composer = () => document.querySelector("form#composer");
const thread = () => document.getElementById("thread");

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "reply") {
    event.preventDefault();
    composer().requestSubmit(composer().querySelector(".send"));
  }
});

const platform = navigator.userAgentData?.platform || navigator.platform;
document.documentElement.classList.toggle("mac", /^(mac|ip)/i.test(platform));

// What is typed is kept by the server; until it has it, and where it cannot be reached, by this tab.
document.addEventListener("input", ({ target }) => {
  if (target.id !== "reply") return;
  sessionStorage.setItem(key("typed"), target.value);
  sessionStorage.removeItem(key("kept"));
  if (!target.value) target.form.elements.suggestion.value = "";
  clearTimeout(saving);
  saving = setTimeout(save, SAVE_AFTER);
});
document.addEventListener("submit", ({ target, submitter }) => {
  if (target !== composer()) return;
  clearTimeout(saving);
  underWay.abort();
  if (submitter?.hasAttribute("formaction")) return; // it keeps those on copy, and sends nothing
  sessionStorage.setItem(key("sent"), target.elements.form_id.value);
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "main") save();
});
// Whether an answer arrived whose request failed is not known: it stays, and goes again by the same form, which
// the server takes once.
document.addEventListener("htmx:beforeSend", ({ detail: { xhr, requestConfig } }) => {
  const { elt: form } = requestConfig;
  if (form.id !== "composer") return;
  xhr.addEventListener("loadend", () => {
    if (xhr.status === 200) return;
    sessionStorage.setItem(key("failed", form), form.elements.form_id.value);
    sessionStorage.removeItem(key("sent", form));
  });
});
addEventListener("pagehide", save);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) save();
});

let saving;
let underWay = new AbortController();

async function save() {
  clearTimeout(saving);
  const form = composer();
  if (!form) return;
  const [typed, sent] = [key("typed"), key("sent")].map((name) => sessionStorage.getItem(name));
  const { form_id: id, reply, csrfmiddlewaretoken: csrf } = form.elements;
  if (typed === null || typed !== reply.value || sent === id.value) return;
  if (sessionStorage.getItem(key("kept"))) return;
  const [place, kept] = [key("typed"), key("kept")];
  const row = document.getElementById(`row-${form.dataset.conversation}`);
  const said = { reply: typed, csrfmiddlewaretoken: csrf.value };
  const channel = new FormData(form).get("channel") ?? "";
  const body = new URLSearchParams({ ...said, channel });
  underWay.abort(); // an older text must not arrive after this one
  underWay = new AbortController();
  const { signal } = underWay;
  try {
    const wanted = { method: "POST", body, keepalive: true, signal };
    const { ok } = await fetch(form.dataset.draft, wanted);
    if (!ok) return;
    if (sessionStorage.getItem(place) === typed) sessionStorage.setItem(kept, Date.now());
    const isMarked = Boolean(row?.querySelector(".draft"));
    if (row && isMarked !== Boolean(typed.trim())) htmx.trigger("#live", "refresh");
  } catch {
    // This tab still has it.
  }
}

function key(kind, form = composer()) {
  return `${kind}:${form.dataset.conversation}`;
}

function restoreDraft() {
  const form = composer();
  if (!form) return;
  const { form_id: id, reply } = form.elements;
  const sent = sessionStorage.getItem(key("sent"));
  const kept = sessionStorage.getItem(key("kept"));
  const isOld = kept && Date.now() - kept > LATE;
  const hasArrived = sent && sent !== id.value;
  if (isOld || hasArrived) {
    sessionStorage.removeItem(key("typed"));
    sessionStorage.removeItem(key("kept"));
  }
  if (hasArrived) sessionStorage.removeItem(key("failed"));
  sessionStorage.removeItem(key("sent"));
  reply.value = sessionStorage.getItem(key("typed")) ?? reply.value;
  if (reply.value) id.value = sessionStorage.getItem(key("failed")) ?? id.value;
}

// A suggestion goes into the box, and is sent by nobody but its reader.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-use], [data-edit]");
  if (!button) return;
  const { reply, suggestion } = composer().elements;
  const { use, edit, words } = button.dataset;
  if (suggestion.value) reply.select();
  reply.setRangeText(words, reply.selectionStart, reply.selectionEnd, "end");
  suggestion.value = use ?? edit;
  reply.dispatchEvent(new Event("input", { bubbles: true }));
  (use ? composer().querySelector(".send") : reply).focus();
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "suggestions") composer()?.elements.reply.focus();
});

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
  if (detail.target.id !== "main" || !composer()) return;
  // An answer that was taken back had arrived: it goes again by a form of its own.
  if (detail.xhr.responseURL.includes("?draft=")) sessionStorage.removeItem(key("failed"));
  restoreDraft();
});
restoreDraft();

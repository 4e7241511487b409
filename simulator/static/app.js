// The page: three panes, two sheets, and one question a second whether anything changed.

import { get } from "./api.js";
import { Faults } from "./faults.js";
import { Log } from "./log.js";
import { MailPane } from "./mail.js";
import { Phone } from "./phone.js";

const POLL = 1000; // milliseconds
const asked = new URLSearchParams(location.search);

const known = await get("config");
const shop = asked.get("shop") ?? known.business_mail;
const domain = known.reply_domain;
const panes = [
  new Phone({ business: asked.get("business"), own: asked.get("number"), offered: known.business_numbers }),
  new MailPane("customer", { title: "Customer’s mailbox", address: asked.get("customer") ?? "maya@example.test", style: "apple", shop, domain }),
  new MailPane("owner", { title: "Owner’s mailbox", address: asked.get("owner") ?? known.owner_mail, style: "gmail", shop, domain }),
  new Faults(),
  new Log(),
];

async function poll(seen) {
  let revision = seen;
  try {
    if (!document.hidden) ({ revision } = await get("revision"));
    if (revision !== seen) await refresh();
  } catch {
    revision = null; // the simulator is away for a moment: look at everything again
  }
  setTimeout(poll, POLL, revision);
}

async function refresh() {
  const [{ mailboxes }, { pairs }] = await Promise.all([get("mail/mailboxes"), get("phone/numbers")]);
  await Promise.all(panes.map((pane) => pane.refresh({ mailboxes, pairs })));
}

function show(name) {
  document.body.dataset.pane = name;
  for (const button of document.querySelectorAll("[data-show]")) {
    button.setAttribute("aria-pressed", String(button.dataset.show === name));
  }
}

for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => show(button.dataset.show));
}
for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
document.addEventListener("changed", refresh);
poll(null);

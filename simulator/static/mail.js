// One mailbox: its list, one opened mail with an answer, and a new mail.

import { get, post, refusal } from "./api.js";
import { h, icon, linked, size, toast, uploads, when } from "./dom.js";

const STYLES = { gmail: "Gmail", outlook: "Outlook", apple: "Apple Mail", plain: "Text only" };

export class MailPane {
  constructor(name, { title, address, style, shop, domain }) {
    this.root = document.querySelector(`.mail[data-name=${name}]`);
    this.root.append(document.getElementById("mail-pane").content.cloneNode(true));
    [this.name, this.style, this.shop, this.domain, this.opened] = [name, style, shop, domain, null];
    this.part = (selector) => this.root.querySelector(selector);
    this.part("h2").textContent = title;
    this.part(".av").classList.add(name === "owner" ? "h1" : "h0");
    this.address = this.part(".address");
    this.address.value = address;
    this.address.addEventListener("change", () => { this.back(); this.list(); });
    this.part(".compose").addEventListener("click", () => this.compose());
  }

  async refresh({ mailboxes }) {
    document.getElementById("mailboxes").replaceChildren(...mailboxes.map((box) => h("option", { value: box.address })));
    if (!this.address.value) this.address.value = this.likely(mailboxes);
    await this.list();
  }

  likely(mailboxes) {
    const others = mailboxes.filter((box) => box.unread && box.address !== "maya@example.test");
    return others[0]?.address ?? "";
  }

  async list() {
    const mailbox = this.address.value.trim();
    const { mails } = mailbox ? await get("mail", { mailbox }) : { mails: [] };
    const drawn = JSON.stringify([mailbox, mails]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const rows = mails.length ? mails.map((mail) => this.row(mail)) : [this.empty(mailbox)];
    const focused = this.part(".row:focus")?.dataset.id;
    this.part(".mails").replaceChildren(...rows);
    if (focused) this.part(`.row[data-id="${focused}"]`)?.focus();
    this.part(".state")?.replaceWith(state(mails.find((mail) => mail.id === this.opened) ?? { folder: "inbox" }));
  }

  row(mail) {
    const sent = mail.folder === "sent";
    const person = sent ? `To ${mail.recipients.join(", ")}` : nameOf(mail.from);
    return h("li", {}, h("button", { class: `row${mail.unread ? " unread" : ""}`, type: "button", "data-id": mail.id, onclick: () => this.open(mail.id) },
      h("span", { class: "c1" }, mail.unread ? h("span", { class: "dot" }) : null, h("b", {}, person), mail.unread ? h("span", { class: "sr" }, " unread") : null),
      when(mail.at),
      h("span", { class: "c2" }, h("b", {}, mail.subject || "No subject"), " — ", mail.preview),
      sent ? mark(mail) : null,
    ));
  }

  empty(mailbox) {
    const hint = mailbox ? "Mail to this address arrives here." : "Type the address whose mail you want to read.";
    return h("li", { class: "empty" }, icon("mail"), h("p", {}, "No mail yet."), h("p", {}, hint));
  }

  async open(id) {
    const mail = await get(`mail/${id}`);
    this.opened = id;
    const reader = this.part(".reader");
    const body = h("div", { class: "body" });
    const show = (kind) => body.replaceChildren(this.shown(mail, kind));
    const shown = [
      h("div", { class: "bar" }, this.backButton(), h("span", { class: "sp" }), this.kinds(mail, show)),
      h("h3", { dir: "auto" }, mail.subject || "No subject"),
      h("p", { class: "meta" }, h("b", {}, nameOf(mail.from)), ` to ${mail.to || mail.recipients.join(", ")} · `, when(mail.at)),
      mail.reply_to ? h("p", { class: "meta" }, "Answers go to ", h("code", {}, mail.reply_to)) : null,
      state(mail),
      body,
      mail.attachments.length ? h("ul", { class: "files" }, mail.attachments.map(attachment)) : null,
      mail.folder === "inbox" ? this.answerForm(mail) : this.resendButton(mail),
    ];
    reader.replaceChildren(...shown.filter((part) => part !== null));
    show(mail.html ? "html" : "text");
    this.view("reader");
    reader.focus();
    await this.list();
  }

  kinds(mail, show) {
    const names = mail.html ? ["html", "text", "source"] : ["text", "source"];
    const buttons = names.map((name, index) => h("button", { type: "button", "aria-pressed": String(index === 0), onclick: (event) => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button === event.currentTarget));
      show(name);
    } }, { html: "HTML", text: "Text", source: "Source" }[name]));
    return h("div", { class: "tabs", role: "group", "aria-label": "Show as" }, buttons);
  }

  shown(mail, kind) {
    if (kind === "html") return h("iframe", { sandbox: "allow-popups allow-popups-to-escape-sandbox", src: `api/mail/${mail.id}/html`, title: "The mail" });
    if (kind === "text") return h("pre", { class: "text", dir: "auto", tabindex: "0" }, linked(mail.text));
    return h("pre", { class: "source", tabindex: "0" }, mail.headers.map(([name, value]) => `${name}: ${value}`).join("\n"), "\n\n",
      h("a", { href: `api/mail/${mail.id}/raw`, target: "_blank", rel: "noopener" }, "The whole mail as it travelled"));
  }

  answerForm(mail) {
    const text = h("textarea", { id: `${this.name}-answer`, rows: "3", dir: "auto", placeholder: "Write an answer…" });
    return h("form", { class: "write", onsubmit: (event) => { event.preventDefault(); this.answer(mail, text.value); } },
      h("label", { class: "sr", for: `${this.name}-answer` }, "Answer"), text,
      h("div", { class: "bar" }, this.styleField(), h("span", { class: "sp" }), h("button", { class: "btn pri", type: "submit" }, icon("reply"), " Reply")));
  }

  styleField() {
    const options = Object.entries(STYLES).map(([style, label]) => h("option", { value: style, selected: style === this.style }, label));
    return h("label", { class: "small" }, "With ", h("select", { onchange: (event) => { this.style = event.target.value; } }, options));
  }

  async answer(mail, text) {
    if (!text.trim()) return;
    this.told(await post("mail/reply", { id: mail.id, from: this.address.value.trim(), text, style: this.style }));
  }

  resendButton(mail) {
    if (mail.state !== "refused") return null;
    const again = async () => this.told({ webhook: (await post("mail/resend", { id: mail.id })).webhook });
    return h("p", { class: "bar" }, h("button", { class: "btn", type: "button", onclick: again }, icon("refresh"), " Send again"));
  }

  compose() {
    const form = this.part(".draft");
    const field = (label, properties) => h("label", {}, label, h("input", { autocomplete: "off", ...properties }));
    const files = h("input", { type: "file", name: "files", multiple: true });
    form.replaceChildren(
      h("div", { class: "bar" }, this.backButton(), h("h3", {}, "New mail")),
      field("To", { name: "to", value: this.shop, placeholder: `shop@${this.domain}`, list: "mailboxes" }),
      field("Subject", { name: "subject" }),
      h("label", {}, "Text", h("textarea", { name: "text", rows: "8", dir: "auto" })),
      h("label", {}, "Files", files),
      h("label", { class: "check" }, h("input", { type: "checkbox", name: "sample" }), " Attach a sample picture"),
      h("label", { class: "check" }, h("input", { type: "checkbox", name: "forged" }), " Forged sender (DMARC fails)"),
      h("div", { class: "bar" }, h("span", { class: "sp" }), h("button", { class: "btn pri", type: "submit" }, icon("send"), " Send")),
    );
    form.onsubmit = (event) => { event.preventDefault(); this.send(form, files); };
    this.view("draft");
    form.elements.to.focus();
  }

  async send(form, files) {
    const { to, subject, text, sample, forged } = form.elements;
    const attachments = [...await uploads(files), ...(sample.checked ? ["sample"] : [])];
    this.told(await post("mail/compose", {
      from: this.address.value.trim(), to: to.value.split(",").map((one) => one.trim()).filter(Boolean),
      subject: subject.value, text: text.value, attachments, verdict: forged.checked ? "fail" : "pass",
    }));
  }

  told(sent) {
    toast(refusal(sent.webhook) || (sent.webhook ? "Sent: the gateway took it." : "Sent."));
    this.back();
    document.dispatchEvent(new Event("changed"));
  }

  backButton() {
    return h("button", { class: "ib", type: "button", "aria-label": "Back to the list", onclick: () => this.back() }, icon("chevron-left"));
  }

  back() {
    const opened = this.opened;
    this.opened = null;
    this.view("mails");
    this.part(`.row[data-id="${opened}"]`)?.focus();
  }

  view(name) {
    for (const part of ["mails", "reader", "draft"]) this.part(`.${part}`).hidden = part !== name;
  }
}

function nameOf(author) {
  return author.replace(/\s*<[^>]*>$/, "").replace(/^"(.*)"$/, "$1") || author;
}

function attachment(part) {
  return h("li", {}, h("a", { class: "file", href: part.url, target: "_blank", rel: "noopener" }, icon("paperclip"), ` ${part.name} `, h("small", {}, size(part.size))));
}

function mark(mail) {
  if (mail.state === "waiting") return h("span", { class: "mark" }, icon("clock"), h("span", { class: "sr" }, " will be tried again"));
  if (mail.state === "refused") return h("span", { class: "mark bad" }, icon("alert-triangle"), h("span", { class: "sr" }, " not accepted"));
  return h("span", { class: "mark" }, icon("check"), h("span", { class: "sr" }, " sent"));
}

function state(mail) {
  const words = {
    waiting: `Not accepted by the gateway yet (${mail.webhook_status ?? "no answer"}); it is tried again.`,
    refused: `Not accepted by the gateway (${mail.webhook_status ?? "no answer"}).`,
  }[mail.folder === "sent" ? mail.state : ""];
  return h("p", { class: `state${words ? " bad" : ""}`, hidden: !words }, words ?? "");
}

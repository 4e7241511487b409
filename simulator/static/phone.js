// The customer's phone: one chat between a number and a business, by SMS or WhatsApp.

import { get, post, refusal } from "./api.js";
import { h, icon, linked, toast, uploads, when } from "./dom.js";

const WHATSAPP = "whatsapp:";
const FIRST_NUMBER = "+15551230001";
const ARRIVED = new Set(["sent", "delivered", "read", "received"]);
const PLACE = { latitude: 52.2297, longitude: 21.0122, label: "Corner Café", address: "12 Long Street" };
const CONTACT = { name: "Sam Rivers", phone: "+15551239876", email: "sam@example.test" };

export class Phone {
  constructor({ own, business, offered }) {
    this.offered = offered;
    this.channel = "sms";
    this.quoted = null;
    this.follows = true;
    this.list = document.getElementById("phone-messages");
    this.own = document.getElementById("phone-own");
    this.business = document.getElementById("phone-business");
    this.text = document.getElementById("phone-text");
    this.file = document.getElementById("phone-file");
    this.own.value = own ?? FIRST_NUMBER;
    this.business.value = business ?? this.offer();
    this.listen();
  }

  listen() {
    for (const button of document.querySelectorAll("button[data-channel]")) {
      button.addEventListener("click", () => this.choose(button.dataset.channel));
    }
    for (const button of document.querySelectorAll("[data-send]")) {
      button.addEventListener("click", () => this.sendReady(button.dataset.send));
    }
    for (const field of [this.own, this.business]) field.addEventListener("change", () => this.choose(this.channel));
    this.list.addEventListener("scroll", () => {
      this.follows = this.list.scrollTop + this.list.clientHeight >= this.list.scrollHeight - 40;
    });
    this.list.addEventListener("load", () => { if (this.follows) this.toEnd(); }, true); // a picture has its height now
    document.getElementById("phone-unquote").addEventListener("click", () => this.quote(null));
    document.getElementById("phone-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.write();
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        this.write();
      }
    });
    this.file.addEventListener("change", async () => {
      await this.send({ media: await uploads(this.file) });
      this.file.value = "";
    });
  }

  async refresh({ pairs }) {
    this.suggest("customer-numbers", pairs.map((pair) => pair.customer));
    this.suggest("business-numbers", [...pairs.map((pair) => pair.business), ...this.offered.map(bare)]);
    if (!this.business.value && pairs.length) {
      [this.business.value, this.own.value] = [pairs[0].business, pairs[0].customer];
      this.choose(pairs[0].channel);
    }
    await this.open();
  }

  /** The business's number on this channel, where the start named one. */
  offer() {
    return bare(this.offered.find((address) => address.startsWith(WHATSAPP) === (this.channel === "whatsapp")) ?? "");
  }

  suggest(id, numbers) {
    const options = [...new Set(numbers)].map((number) => h("option", { value: number }));
    document.getElementById(id).replaceChildren(...options);
  }

  choose(channel) {
    const wasOffered = this.business.value === this.offer();
    this.channel = channel;
    if (wasOffered) this.business.value = this.offer() || this.business.value;
    document.querySelector(".phone").dataset.channel = channel;
    for (const button of document.querySelectorAll("button[data-channel]")) {
      button.setAttribute("aria-pressed", String(button.dataset.channel === channel));
    }
    document.querySelector("[data-send=location]").disabled = channel === "sms";
    this.quote(null);
    this.follows = true;
    return this.open();
  }

  async open() {
    const [number, business] = [this.own.value.trim(), this.business.value.trim()];
    const query = { number, with: business, channel: this.channel };
    const { messages } = number && business ? await get("phone/messages", query) : { messages: [] };
    if (this.changed([query, messages])) {
      this.list.replaceChildren(...(messages.length ? messages.map((message) => this.bubble(message)) : [empty()]));
      if (this.follows) this.toEnd();
    }
    const unread = messages.some((message) => message.direction !== "inbound" && message.status === "delivered");
    if (this.channel === "whatsapp" && unread && !document.hidden) await post("phone/read", { number, with: business });
  }

  /** Whether there is anything new to draw: drawing again would take the focus away. */
  changed(content) {
    const drawn = JSON.stringify(content);
    const differs = drawn !== this.drawn;
    this.drawn = drawn;
    return differs;
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  bubble(message) {
    const mine = message.direction === "inbound";
    return h("li", { class: `m ${mine ? "out" : "in"}` },
      h("div", { class: "b", dir: "auto" },
        message.quote ? h("blockquote", {}, message.quote.body || "A picture") : null,
        message.media.map(medium),
        message.location ? place(message.location) : null,
        message.body ? h("p", {}, linked(message.body)) : null,
      ),
      mine ? null : this.buttons(message),
      h("footer", {}, this.footer(message, mine)),
    );
  }

  buttons(message) {
    if (!message.buttons.length) return null;
    return h("div", { class: "choices" }, message.buttons.map((button) =>
      h("button", { class: "btn", type: "button", onclick: () => this.send({ button, quote_sid: message.sid }) }, button.text)));
  }

  footer(message, mine) {
    const parts = [when(message.created), " · ", ...(mine ? this.outcome(message) : arrival(message))];
    if (this.channel === "whatsapp") {
      parts.push(h("button", { class: "link", type: "button", "aria-label": `Quote: ${message.body || "picture"}`, onclick: () => this.quote(message) }, icon("reply"), " Quote"));
    }
    return parts;
  }

  outcome(message) {
    const { state, status } = message.webhook;
    if (state === "accepted") return [icon("check"), " Taken by the gateway"];
    if (state === "") return [icon("clock"), " On its way"];
    const reason = state === "dropped" ? "Never posted" : `Not accepted by the gateway (${status ?? "no answer"})`;
    return [
      h("span", { class: "bad" }, icon("alert-triangle"), ` ${reason}`),
      h("button", { class: "link", type: "button", onclick: () => this.resend(message.sid) }, icon("refresh"), " Send again"),
    ];
  }

  quote(message) {
    this.quoted = message?.sid ?? null;
    const box = document.getElementById("phone-quote");
    box.hidden = message === null;
    box.querySelector("p").textContent = message ? message.body || "A picture" : "";
    if (message) this.text.focus();
  }

  async write() {
    const body = this.text.value;
    if (!body.trim()) return;
    this.text.value = "";
    await this.send({ body, quote_sid: this.quoted ?? "" }).catch(() => { this.text.value = body; });
  }

  sendReady(name) {
    const ready = {
      sample: { media: ["sample"], body: this.text.value },
      location: { location: PLACE },
      contact: { contact: CONTACT },
      stop: { body: "STOP" },
      start: { body: "START" },
    };
    if (name === "sample") this.text.value = "";
    return this.send(ready[name]);
  }

  async send(content) {
    const envelope = { channel: this.channel, from: this.own.value.trim(), to: this.business.value.trim() };
    this.follows = true;
    const sent = await post("phone/send", { ...envelope, ...content });
    this.quote(null);
    if (refusal(sent.webhook)) toast(refusal(sent.webhook));
    await this.open();
  }

  async resend(sid) {
    const sent = await post("phone/resend", { sid });
    toast(refusal(sent.webhook) || "The gateway took it.");
    await this.open();
  }
}

function bare(address) {
  return address.replace(WHATSAPP, "");
}

function empty() {
  return h("li", { class: "empty" }, icon("message"), h("p", {}, "No texts here yet."), h("p", {}, "Choose the business’s number above and write to it as a customer would."));
}

function medium(media) {
  if (media.url === null) return h("p", { class: "file" }, icon("paperclip"), ` ${media.name}`);
  if (media.content_type.startsWith("image/")) return h("a", { href: media.url, target: "_blank", rel: "noopener" }, h("img", { src: media.url, alt: media.name }));
  return h("a", { class: "file", href: media.url, download: media.name }, icon(media.content_type === "text/vcard" ? "address-book" : "paperclip"), ` ${media.name}`);
}

function place(location) {
  return h("p", { class: "file" }, icon("map-pin"), ` ${location.label || location.address || `${location.latitude}, ${location.longitude}`}`);
}

function arrival(message) {
  const code = message.error_code ? ` (${message.error_code})` : "";
  if (ARRIVED.has(message.status)) return [message.direction === "outbound-reply" ? "From the provider" : message.status];
  const lost = message.status === "failed" || message.status === "undelivered";
  return [h("span", { class: lost ? "bad" : "" }, lost ? `Never arrived: ${message.status}${code}` : message.status)];
}

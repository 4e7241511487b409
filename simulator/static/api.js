// The simulator's API. A refusal is shown to the person and thrown.

import { toast } from "./dom.js";

export const get = (path, query = {}) => call("GET", `${path}?${new URLSearchParams(query)}`);
export const post = (path, body) => call("POST", path, body);
export const put = (path, body) => call("PUT", path, body);
export const remove = (path) => call("DELETE", path);

/** What the gateway said to something sent, in words; an empty string where all is well. */
export function refusal(webhook) {
  if (webhook === null || webhook.accepted) return "";
  return webhook.status === null ? `The gateway did not answer: ${webhook.body}` : `The gateway did not accept it (${webhook.status}).`;
}

async function call(method, path, body) {
  const response = await fetch(`api/${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({ error: `The simulator answered ${response.status}.` }));
  if (!response.ok) {
    toast(answer.error);
    throw new Error(answer.error);
  }
  return answer;
}

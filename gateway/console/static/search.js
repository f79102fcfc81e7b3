// Which rows somebody looks for: by number, text or id, provider, status and time.

import { STATUSES } from "./statuses.js";

export const TIMES = [["5m", "Last 5 minutes", 300_000], ["1h", "Last hour", 3_600_000], ["24h", "Last 24 hours", 86_400_000], ["7d", "Last 7 days", 604_800_000]];

const texts = new WeakMap(); // rows are looked through with every key that is typed

function textOf(row) {
  let text = texts.get(row);
  if (text === undefined) {
    text = [row.provider, row.sender, row.recipient, row.text, row.event_id, row.key, row.request_id, row.delivery_id, row.reason].filter(Boolean).join("\n").toLowerCase();
    texts.set(row, text);
  }
  return text;
}

const NUMBER = /^\+?[\d\s().-]{3,}$/;

// A number is found however it is grouped: +45 12 34 56 78 is +4512345678.
const words = (said) => (NUMBER.test(said) ? said.replace(/[\s().-]/g, "") : said).trim().toLowerCase();

export const isFiltered = ({ q, provider, status, time }) => Boolean(q || provider || status || time);

export function filtered(rows, query) {
  const { provider, status } = query;
  const wanted = words(query.q ?? "");
  const fits = STATUSES.find(([name]) => name === status)?.[2];
  const span = TIMES.find(([name]) => name === query.time)?.[2];
  const since = span && new Date(Date.now() - span).toISOString();
  if (!provider && !fits && !since && !wanted) return rows;
  return rows.filter((row) => (!provider || row.provider === provider) && (!fits || fits(row)) && (!since || row.at >= since) && (!wanted || textOf(row).includes(wanted)));
}

export const ofNumber = (rows, number) => rows.filter((row) => row.sender === number || row.recipient === number);

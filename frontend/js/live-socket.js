// The socket to the live service: opened where there is one, opened again after a pause that differs from window to window,
// and told from which message on to repeat. What comes is handed to whoever listens to its type. Browsers write a line for
// each socket that cannot be opened, so a service that is down is remembered from page to page and left alone for as long.
const LONGEST = 60000;
const DOWN = "live-down";
const SIGNED_OUT = 4401;
const AGAINST_THE_RULES = 1008;
const listeners = {};
const wanted = new Set();
let address;
let editing = false;
let socket;
let pending;
let cursor;
let failures = 0;
let ended = false;

export function on(type, listener) {
  (listeners[type] ??= []).push(listener);
}

export function watch(...topics) {
  for (const topic of topics) wanted.add(topic);
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ watch: topics, editing, ...from() }));
}

function from() {
  return cursor ? { after: cursor } : { age: performance.now() / 1000 + 2 };
}

function take(event) {
  const message = JSON.parse(event.data);
  if (message.cursor && !(message.type === "ready" && cursor)) cursor = message.cursor;
  for (const listener of listeners[message.type] ?? []) listener(message);
}

function remembered() {
  try {
    const { until = 0, failures: times = 0 } = JSON.parse(sessionStorage.getItem(DOWN)) ?? {};
    return { until, times };
  } catch {
    return { until: 0, times: 0 };
  }
}

function remember(pause) {
  try {
    if (pause) sessionStorage.setItem(DOWN, JSON.stringify({ until: Date.now() + pause, failures }));
    else sessionStorage.removeItem(DOWN);
  } catch {
    // A browser that keeps nothing tries again with each page.
  }
}

// What an earlier socket still has to tell is of no interest: a page that comes back hears of its closing late.
function open() {
  clearTimeout(pending);
  const opened = new WebSocket(address);
  socket = opened;
  opened.addEventListener("open", () => {
    failures = 0;
    remember(0);
    opened.send(JSON.stringify({ watch: [...wanted], editing, ...from() }));
  });
  opened.addEventListener("message", take);
  opened.addEventListener("close", (event) => {
    if (socket !== opened) return;
    ended ||= event.code === SIGNED_OUT || event.code === AGAINST_THE_RULES;
    if (ended) return;
    failures += 1;
    const pause = Math.min(LONGEST, 1000 * 2 ** failures) * (0.5 + Math.random() / 2);
    remember(pause);
    pending = setTimeout(again, pause);
  });
}

function again() {
  if (ended || [WebSocket.CONNECTING, WebSocket.OPEN].includes(socket?.readyState)) return;
  if (document.hidden) document.addEventListener("visibilitychange", again, { once: true });
  else open();
}

export function begin(url, isEditing) {
  address = new URL(url, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  editing = isEditing;
  addEventListener("pagehide", () => { ended = true; socket?.close(); });
  addEventListener("pageshow", (event) => { if (event.persisted) { ended = false; open(); } });
  const { until, times } = remembered();
  failures = times;
  if (until > Date.now()) pending = setTimeout(again, Math.min(LONGEST, until - Date.now()));
  else open();
}

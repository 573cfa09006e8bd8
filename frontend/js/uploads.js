// Sends files: small ones in one request, larger ones in pieces by tus, which go on where a connection broke.
//
//   import { upload } from "./uploads.js";
//   const made = await upload(file, { place: "/handbook", id: 7, onProgress(sent, size) {}, signal });
//   made: { id, title, path, url, media_type, size, version }
//
// `place` is the URL of the folder or page that gets the file; `id` its id, without which the file goes in one request
// whatever its size. With `version`, place and id are those of a file, which gets a new version. Rejects with
// UploadRefused, whose message can be shown, with the signal's reason, or with a network error.
import { word } from "./words.js";

const SMALL = 1 << 20;
const PIECE = 5 << 20;
const RETRIES = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000, 60000, 60000];
const endpoint = new URL("../uploads", import.meta.url).href;

/** A refusal whose message is in words for people; trying again will not help. */
export class UploadRefused extends Error {}

const FOR_NOW = [401, 408, 425, 429]; // once somebody has signed in again, or waited, it may go well

/** The headers that prove that a request comes from a page of ours. */
export function ours() {
  const token = document.querySelector("input[name=csrf_token]")?.value ?? "";
  return { Accept: "application/json", "X-CSRF-Token": token };
}

/** The address of a view of a node. */
export const viewOf = (place, view) => `${place.replace(/\/$/, "")}/${view}`;

/** What an answer with a problem says to people. */
export function refusal(status, text) {
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch { /* a proxy in between answers in HTML */ }
  const told = problem.errors?.map((each) => word("This file %(problem)s.", { problem: each.message }));
  if (told?.length) return new UploadRefused(told.join(" "));
  if (problem.detail && FOR_NOW.includes(status)) return new Error(problem.detail);
  if (problem.detail) return new UploadRefused(problem.detail);
  return new UploadRefused(status === 413 ? word("This file is too large.") : word("The site refused this file."));
}

/** Sends one file and returns what it became. */
export function upload(file, { place, id, version, onProgress = () => {}, signal } = {}) {
  signal?.throwIfAborted();
  return file.size <= SMALL || !id ? sendWhole(file, place, version, onProgress, signal)
    : sendPieces(file, id, version, onProgress, signal);
}

function sendWhole(file, place, version, onProgress, signal) {
  const form = new FormData();
  form.append("file", file, file.name);
  if (version) form.append("version", version);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", viewOf(place, "@files"));
    for (const [name, value] of Object.entries(ours())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress(Math.min(event.loaded, file.size), file.size);
    request.onerror = () => reject(new TypeError(word("The connection broke.")));
    request.onabort = () => reject(signal.reason);
    request.onload = () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText));
      else if (request.status >= 500) reject(new TypeError(word("The site does not answer.")));
      else reject(refusal(request.status, request.responseText));
    };
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

async function sendPieces(file, id, version, onProgress, signal) {
  const { Upload } = await import("tus-js-client");
  const metadata = { filename: file.name, place: String(id), ...(version ? { version: String(version) } : {}) };
  const url = await new Promise((resolve, reject) => {
    const sending = new Upload(file, {
      endpoint,
      metadata,
      chunkSize: PIECE,
      retryDelays: RETRIES,
      headers: ours(),
      removeFingerprintOnSuccess: true,
      fingerprint: () => Promise.resolve(["upload", id, version ?? "", file.name, file.size, file.lastModified].join("|")),
      onProgress,
      onUploadUrlAvailable() {
        sending.url = new URL(new URL(sending.url).pathname, endpoint).href; // the page may be open at another host than site.url
      },
      onSuccess: () => resolve(sending.url),
      onError(error) {
        const answer = error.originalResponse;
        const isRefused = answer && answer.getStatus() >= 400 && answer.getStatus() < 500;
        reject(isRefused ? refusal(answer.getStatus(), answer.getBody()) : new TypeError(word("The connection broke.")));
      },
    });
    signal?.addEventListener("abort", () => {
      sending.abort(true).catch(() => {});
      reject(signal.reason);
    });
    sending.findPreviousUploads().then((earlier) => {
      if (signal?.aborted) return;
      if (earlier.length) sending.resumeFromPreviousUpload(earlier[0]);
      sending.start();
    });
  });
  return made(url);
}

async function made(url) {
  const answer = await fetch(url, { headers: ours() });
  const text = await answer.text();
  if (!answer.ok) throw refusal(answer.status, text);
  return JSON.parse(text).file;
}

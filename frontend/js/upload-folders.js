// Folders that are dropped: the files in them at any depth, and the same folders made on the site.
import { ours, refusal, viewOf } from "./uploads.js";

/** Files that one drop may hold. */
export const enough = 2000;
const LEFT_OUT = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

const read = (reader) => new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
const fileOf = (entry) => new Promise((resolve, reject) => { entry.file(resolve, reject); });

/** All files in dropped entries, each with the names of the folders that it lies in. */
export async function inEntries(entries, folders = []) {
  const found = [];
  for (const entry of entries) {
    if (entry.isFile && !LEFT_OUT.has(entry.name)) found.push({ file: await fileOf(entry), folders });
    if (entry.isDirectory) found.push(...(await inEntries(await children(entry), [...folders, entry.name])));
    if (found.length > enough) break;
  }
  return found;
}

async function children(entry) {
  const reader = entry.createReader();
  const all = [];
  for (let some = await read(reader); some.length; some = await read(reader)) all.push(...some);
  return all;
}

const made = new Map();

/** The folder of these names below a place, made where there is none. */
export async function folderFor(root, folders) {
  let at = root;
  for (const title of folders) {
    const key = `${at.place}\n${title}`;
    if (!made.has(key)) made.set(key, await make(at.place, title));
    at = made.get(key);
  }
  return at;
}

async function make(place, title) {
  const body = new URLSearchParams({ title });
  const answer = await fetch(viewOf(place, "@subfolder"), { method: "POST", headers: ours(), body });
  const text = await answer.text();
  if (!answer.ok) throw refusal(answer.status, text);
  const { url, id } = JSON.parse(text);
  return { place: url, id };
}

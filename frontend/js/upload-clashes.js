// Files whose names are taken: the person says for each whether it is a new version, a second file, or left out.
import { ours, viewOf } from "./uploads.js";
import { word } from "./words.js";

async function taken(place, names) {
  const body = new URLSearchParams(names.map((name) => ["name", name]));
  const answer = await fetch(viewOf(place, "@clashes"), { method: "POST", headers: ours(), body });
  return answer.ok ? (await answer.json()).clashes : [];
}

/** The files with where they go; without those that the person leaves out. */
export async function resolve(wanted) {
  const places = Map.groupBy ? Map.groupBy(wanted, (each) => each.target.place) : grouped(wanted);
  const clashing = [];
  for (const [place, all] of places) {
    const clashes = new Map((await taken(place, all.map(({ file }) => file.name))).map((each) => [each.name, each]));
    for (const each of all) if (clashes.has(each.file.name)) clashing.push({ each, clash: clashes.get(each.file.name) });
  }
  if (!clashing.length) return wanted;
  const answers = await ask(clashing.map(({ clash }) => clash));
  const skipped = new Set();
  clashing.forEach(({ each, clash }, index) => {
    const answer = answers?.[index] ?? "skip";
    if (answer === "skip") skipped.add(each);
    if (answer === "version") each.target = { place: clash.url, id: clash.id, version: clash.version };
  });
  return answers ? wanted.filter((each) => !skipped.has(each)) : [];
}

function grouped(wanted) {
  const groups = new Map();
  for (const each of wanted) groups.set(each.target.place, [...(groups.get(each.target.place) ?? []), each]);
  return groups;
}

/** Asks in a dialog; the answers in order, or null where the whole upload is given up. */
function ask(clashes) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "clashes-title");
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "stack";
  const title = document.createElement("h2");
  title.id = "clashes-title";
  title.textContent = word("Some names are taken");
  const help = document.createElement("p");
  help.className = "soft";
  help.textContent = word("A new version keeps the link and all that was there before.");
  const selects = clashes.map((clash, index) => choice(form, clash, index));
  const fields = [...form.childNodes];
  const buttons = document.createElement("div");
  buttons.className = "dialog-buttons";
  for (const [value, label, kind] of [["", word("Cancel"), ""], ["go", word("Upload"), "primary"]]) {
    const button = document.createElement("button");
    button.className = `button ${kind}`;
    button.value = value;
    button.textContent = label;
    buttons.append(button);
  }
  form.replaceChildren(title, help, ...fields, buttons);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => {
      answer(dialog.returnValue === "go" ? selects.map((select) => select.value) : null);
      dialog.remove();
    });
  });
}

function choice(form, clash, index) {
  const field = document.createElement("div");
  field.className = "field";
  const label = document.createElement("label");
  label.htmlFor = `clash-${index}`;
  label.dir = "auto";
  label.textContent = clash.name;
  const select = document.createElement("select");
  select.id = label.htmlFor;
  const options = [["both", word("Keep both")], ["skip", word("Skip it")]];
  if (clash.may_replace) options.unshift(["version", word("New version")]);
  for (const [value, text] of options) select.append(new Option(text, value));
  field.append(label, select);
  form.append(field);
  return select;
}

// Words of scripts in the reader's language: word("Moved %(count)s things", { count: 3 }). English stands in the code; the
// page carries the translations as JSON, where there are any.
const translations = JSON.parse(globalThis.document?.getElementById("words")?.textContent ?? "{}");

export function word(english, values = {}) {
  return (translations[english] ?? english).replace(/%\((\w+)\)s/g, (_whole, name) => values[name] ?? "");
}

// Compares texts without case and accents, as the server does, and marks in the original what was found.
export function fold(text) {
  let folded = "";
  const places = [];
  let place = 0;
  for (const character of text) {
    const plain = character.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    folded += plain;
    for (let count = 0; count < plain.length; count += 1) places.push(place);
    place += character.length;
  }
  places.push(text.length);
  return { text: folded, places };
}

// The text as nodes, with the beginnings of words that are among the folded `words` in <mark>.
export function marked(text, words) {
  const { text: folded, places } = fold(text);
  const nodes = [];
  let done = 0;
  for (const found of folded.matchAll(/[\p{L}\p{N}]+/gu)) {
    const begun = words.filter((each) => found[0].startsWith(each));
    if (!begun.length) continue;
    const length = Math.max(...begun.map((each) => each.length));
    const [from, to] = [places[found.index], places[found.index + length]];
    const mark = document.createElement("mark");
    mark.textContent = text.slice(from, to);
    nodes.push(text.slice(done, from), mark);
    done = to;
  }
  return [...nodes, text.slice(done)];
}

// Lines of a text beside those of another, so that what did not change keeps the exact form in which it was written.

/** For each line of `after` the index of the line of `before` that it goes on from, or -1: the longest common subsequence. */
export function matched(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const middle = inMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end));
  return after.map((_line, index) => {
    if (index < start) return index;
    if (index >= after.length - end) return index - after.length + before.length;
    const found = middle[index - start];
    return found < 0 ? -1 : found + start;
  });
}

const MOST_CELLS = 250_000;

function inMiddle(before, after) {
  const found = after.map(() => -1);
  if (before.length * after.length > MOST_CELLS) return found;
  const width = after.length + 1;
  const longest = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] = before[i] === after[j]
        ? longest[(i + 1) * width + j + 1] + 1
        : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  for (let i = 0, j = 0; i < before.length && j < after.length; ) {
    if (before[i] === after[j]) found[j++] = i++;
    else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return found;
}

const LEAD = /^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)*(?:\[[ xX]\]\s)?/;
const BREAK = /(?: {2,}|\\)$/;
const leadOf = (line) => LEAD.exec(line)[0];
const bodyOf = (line) => line.slice(leadOf(line).length);

/** What a line says, whatever its indentation, marker, padding, escapes, and order of emphasis. */
function bones(line) {
  const text = line.trimEnd();
  const dense = (bodyOf(text) || text).replace(BREAK, "").replace(/[\s\\]+/g, "").replace(/([-=])\1+|<br\/?>/g, "$1");
  return dense.replace(/[#|*_[\]()~`]+/g, "") || dense;
}

/** `after` in the form of `source`, of which `before` is our writing: lines in common stand as they stood, and a changed one
    keeps its indentation, its marker and its way of breaking. */
export function keepingLines(source, before, after) {
  const inSource = matched(source.map(bones), before.map(bones));
  const inBefore = paired(matched(before, after), before.length);
  const lines = [];
  after.forEach((line, index) => {
    const from = inBefore[index];
    const at = from < 0 ? -1 : inSource[from];
    if (at >= 0) lines.push(inManner(source[at], before[from], line));
    else if (from < 0 || line) lines.push(line);
    const follows = from >= 0 && inBefore[index + 1] === from + 1 && inSource[from + 1] > at;
    const isLast = from === before.length - 1 && index === after.length - 1;
    if (at >= 0 && follows) lines.push(...source.slice(at + 1, inSource[from + 1]));
    if (at >= 0 && isLast) lines.push(...source.slice(at + 1));
  });
  return lines;
}

/** The changed line `after` of `before`, in the manner in which `source` says `before`. */
function inManner(source, before, after) {
  if (before.replace(/\\/g, "") === after.replace(/\\/g, "")) return source;
  if (leadOf(before) !== leadOf(after)) return after;
  const broken = BREAK.exec(before) && BREAK.exec(after) && BREAK.exec(source)?.[0];
  const body = bodyOf(after);
  return leadOf(source) + (broken ? body.replace(BREAK, broken) : body);
}

/** A match of lines in which as many changed lines as were there before are taken for these. */
function paired(match, length) {
  const whole = match.slice();
  for (let index = 0; index < whole.length; ) {
    let end = index;
    while (end < whole.length && match[end] < 0) end += 1;
    const [before, after] = [index ? match[index - 1] : -1, end < match.length ? match[end] : length];
    if (end - index === after - before - 1) for (let at = index; at < end; at += 1) whole[at] = before + 1 + at - index;
    index = end + 1;
  }
  return whole;
}

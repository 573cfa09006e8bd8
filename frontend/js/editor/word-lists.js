// Lists from Word, which are paragraphs with a level in their style and their marker as text.
const LEVEL = /mso-list:\s*\S+\s+level(\d+)/;
const NUMBERED = /^\s*(?:\d+|[a-z]{1,3}|[ivxlc]+)[.)]/i;

/** Turns Word's paragraphs of lists into nested lists. */
export function withLists(whole) {
  let open = [];
  for (const paragraph of [...whole.querySelectorAll("p")]) {
    const level = Number(LEVEL.exec(paragraph.dataset.style ?? "")?.[1] ?? 0);
    if (!level) {
      open = [];
      continue;
    }
    if (open.length && !follows(open[0].list, paragraph)) open = [];
    open = placed(whole, paragraph, level, open);
  }
}

const follows = (list, paragraph) => list.nextElementSibling === paragraph;

function placed(whole, paragraph, level, open) {
  const marker = markerOf(paragraph);
  const tag = NUMBERED.test(marker) ? "ol" : "ul";
  const stack = open.slice();
  while (stack.length && stack.at(-1).level > level) stack.pop();
  if (!stack.length || stack.at(-1).level < level) {
    const list = whole.createElement(tag);
    const parent = stack.at(-1)?.list.lastElementChild;
    if (parent) parent.append(list);
    else paragraph.before(list);
    stack.push({ level, list });
  }
  const item = whole.createElement("li");
  const text = whole.createElement("p");
  text.append(...paragraph.childNodes);
  item.append(text);
  stack.at(-1).list.append(item);
  paragraph.remove();
  return stack;
}

/** Takes the marker out of a paragraph, and gives its text. */
function markerOf(paragraph) {
  const ignored = [...paragraph.querySelectorAll("span")].find((each) => /mso-list:\s*ignore/i.test(each.dataset.style ?? ""));
  const marker = ignored?.textContent ?? "";
  ignored?.remove();
  return marker;
}

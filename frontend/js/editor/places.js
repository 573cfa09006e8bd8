// The addresses that an editor needs, from the attributes of its field.
const PERMALINK = /^\/-\/id\/(\d+)\/?(?:[?#].*)?$/;
const SCHEME = /^[a-z][a-z0-9+.-]*:|^\/\//i;

export function placesOf(box) {
  const { find, blocks, place, preview, base } = box.dataset;
  const site = find.slice(0, -"/-/find".length);
  const folder = base ? (base.endsWith("/") ? base : `${base}/`) : null;

  /** Where the bytes of an image are; null for what is of another site or nowhere. */
  function imageAddress(src) {
    const number = PERMALINK.exec(src ?? "")?.[1];
    if (number) return `${site}/-/thumbnail/${number}?size=large`;
    if (!src || SCHEME.test(src) || src.includes("\\")) return null;
    if (!src.startsWith("/") && !folder) return null;
    const path = src.startsWith("/") ? `${site}${src}` : new URL(src, new URL(folder, location.href)).pathname;
    return path.includes("/@") || path.includes("/-/") ? path : `${path.split(/[?#]/)[0]}/@content`;
  }

  return { find, blocks, imageAddress, place, preview };
}

// Searching people and places of the site, and the links to them, which name them by number and so survive moves.

/** What the site finds, as [{id, kind, title, path, icon, summary}]; nothing where it does not answer. */
export async function find(address, words, kinds = "") {
  const query = new URLSearchParams({ q: words, ...(kinds && { kinds }) });
  const answer = await fetch(`${address}?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
  return answer?.ok ? (await answer.json()).items : [];
}

export const permalink = (id) => `/-/id/${id}`;

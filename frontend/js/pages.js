// Pages that scripts fetch to take parts of.

/**
 * The page at an address as a document. Rejects where the answer is not what was asked for: none, a refusal, or the form to
 * sign in, to which somebody is sent whose session has ended.
 */
export async function pageAt(address, options = {}) {
  const answer = await fetch(address, options);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  if (answer.redirected && new URL(answer.url).pathname.endsWith("/-/sign-in")) throw new Error("signed out");
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

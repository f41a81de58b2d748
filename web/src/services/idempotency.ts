/**
 * Makes a function that returns a key for a content: the same one as long as the
 * content stays the same, a new one when it changes.
 */
export function keyKeeper() {
  let last: { content: string; key: string } | undefined;
  return (content: unknown): string => {
    const text = JSON.stringify(content);
    if (last?.content !== text) last = { content: text, key: randomKey() };
    return last.key;
  };
}

// crypto.randomUUID is available only over HTTPS and on localhost.
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

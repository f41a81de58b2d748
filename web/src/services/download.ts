import { send } from "./client";
import type { FileKind } from "./files";
import { errorFrom, retryAfter } from "./problem";

const flushAt = 4 * 2 ** 20; // bytes

/** Saves all data of a kind as a file, and reports how many bytes have arrived. */
export async function download(kind: FileKind, signal: AbortSignal, onReceived: (bytes: number) => void) {
  const url = new URL(`/${kind}/export/csv`, window.location.origin);
  const response = await send(new Request(url, { signal }));
  if (!response.ok || !response.body) {
    const body: unknown = await response.json().catch(() => undefined);
    throw await errorFrom(response.status, body, retryAfter(response.headers));
  }
  // The browser may keep a Blob on disk; everything else stays in memory.
  let kept = new Blob([], { type: "text/csv" });
  let chunks: BlobPart[] = [];
  let loose = 0;
  let reported = 0;
  const reader = response.body.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    if (value === undefined) continue;
    chunks.push(value);
    loose += value.byteLength;
    if (loose >= flushAt) {
      kept = new Blob([kept, ...chunks], { type: kept.type });
      chunks = [];
      loose = 0;
    }
    const now = performance.now();
    if (now - reported > 200 && !signal.aborted) {
      reported = now;
      onReceived(kept.size + loose);
    }
  }
  const blob = new Blob([kept, ...chunks], { type: kept.type });
  const name = fileName(response.headers) ?? `${kind}.csv`;
  save(blob, name);
  return { name, size: blob.size };
}

/** The file name in a Content-Disposition (RFC 6266), without characters that file systems refuse. */
function fileName(headers: Headers): string | undefined {
  const value = /;\s*filename=(?:"([^"]+)"|([^;\s]+))/i.exec(headers.get("Content-Disposition") ?? "");
  return (value?.[1] ?? value?.[2])?.replace(/[\\/:*?"<>|]/g, "_");
}

function save(blob: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // it is read after the click
}

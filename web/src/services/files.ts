import { useQueryClient } from "@tanstack/react-query";
import i18n from "i18next";
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { useToast } from "../context/toasts";
import { send } from "./client";
import { formatSize } from "./format";
import { ApiError, asApiError, errorFrom, retryAfter } from "./problem";
import { isText, number, record } from "./read";
import { currentToken, renew, sessionStore } from "./session";

/** What can be imported and exported as CSV, by the name of its service. */
export const fileKinds = ["orders", "inventory", "users"] as const;
export type FileKind = (typeof fileKinds)[number];

/** In bytes, as the services take them. */
export const largestFile = 2 ** 30;

export interface ImportCounts {
  created: number;
  updated: number;
  skipped: number;
  /** Items that an import of orders makes, because inventory lacks them. */
  items: number | undefined;
  /** Why, of the first rows that are skipped. */
  errors: string[];
}

interface Upload {
  kind: FileKind;
  file: File;
  /** Only ask what would happen. */
  dryRun: boolean;
  signal: AbortSignal;
  /** Told of the share that is sent, from 0 to 1. */
  onSent: (share: number) => void;
}

/** Sends a file to be imported. An abort rejects with an AbortError, everything else with an ApiError. */
export async function importFile(upload: Upload): Promise<ImportCounts> {
  const token = await currentToken();
  let answer = await post(upload, token);
  if (answer.status === 401 && (await renew(token))) {
    const session = sessionStore.get();
    if (session.status === "in") answer = await post(upload, session.token);
  }
  if (answer.status !== 200) throw errorFrom(answer.status, answer.body, answer.wait);
  const { created_count, updated_count, skipped_count, inventory_created_count, errors } = record(answer.body);
  return {
    created: number(created_count) ?? 0,
    updated: number(updated_count) ?? 0,
    skipped: number(skipped_count) ?? 0,
    items: number(inventory_created_count),
    errors: Array.isArray(errors) ? errors.filter(isText) : [],
  };
}

interface Posted {
  status: number;
  body: unknown;
  wait: number | undefined;
}

/** By XMLHttpRequest, because fetch does not tell how much of a body is sent. */
function post({ kind, file, dryRun, signal, onSent }: Upload, token: string | undefined): Promise<Posted> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener("abort", abort);
    request.open("POST", `/${kind}/import/csv${dryRun ? "?dry_run=true" : ""}`);
    if (token !== undefined) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0);
    request.upload.onload = () => onSent(1);
    request.onload = () => {
      const wait = request.getResponseHeader("Retry-After");
      resolve({
        status: request.status,
        body: parsed(request.responseText),
        wait: retryAfter(new Headers(wait === null ? {} : { "Retry-After": wait })),
      });
    };
    request.onerror = () => reject(new ApiError(0, i18n.t("errors.unreachable")));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    request.onloadend = () => signal.removeEventListener("abort", abort);
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Has everything be read again that an import of this kind may have changed. */
export function useImported(kind: FileKind) {
  const queries = useQueryClient();
  return useCallback(() => {
    void queries.invalidateQueries({ queryKey: [kind] });
    if (kind === "orders") void queries.invalidateQueries({ queryKey: ["inventory"] });
  }, [queries, kind]);
}

/** An export that is under way, or has failed. */
export interface Export {
  kind: FileKind;
  /** Bytes. */
  received: number;
  error?: unknown;
}

let running: readonly Export[] = [];
const stops = new Map<FileKind, AbortController>();
const listeners = new Set<() => void>();

function put(kind: FileKind, next: Export | undefined) {
  running = [...running.filter((other) => other.kind !== kind), ...(next ? [next] : [])];
  for (const tell of listeners) tell();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

/** The exports that are under way or have failed. They go on while one moves from page to page. */
export const useExports = () => useSyncExternalStore(subscribe, () => running);

/** Ends an export, or takes away one that has failed. */
export function stopExport(kind: FileKind) {
  stops.get(kind)?.abort();
  stops.delete(kind);
  put(kind, undefined);
}

/** Ends the exports of whoever leaves. */
export function useExportsEnd() {
  useEffect(() => () => [...stops.keys()].forEach(stopExport), []);
}

/** A function that saves everything of a kind as a file; an export of it that is under way goes on. */
export function useExport() {
  const toast = useToast();
  return useCallback(
    async (kind: FileKind) => {
      if (stops.has(kind)) return;
      const stop = new AbortController();
      stops.set(kind, stop);
      put(kind, { kind, received: 0 });
      try {
        const { blob, name } = await download(kind, stop.signal, (received) => put(kind, { kind, received }));
        save(blob, name);
        put(kind, undefined);
        toast(i18n.t("files.exported", { name, size: formatSize(blob.size) }));
      } catch (error) {
        if (!stop.signal.aborted) put(kind, { kind, received: 0, error: asApiError(error) });
      } finally {
        if (stops.get(kind) === stop) stops.delete(kind);
      }
    },
    [toast],
  );
}

const fold = 4 * 2 ** 20; // bytes

async function download(kind: FileKind, signal: AbortSignal, onReceived: (bytes: number) => void) {
  const url = new URL(`/${kind}/export/csv`, window.location.origin);
  const response = await send(new Request(url, { signal }));
  if (!response.ok || !response.body) {
    const body: unknown = await response.json().catch(() => undefined);
    throw errorFrom(response.status, body, retryAfter(response.headers));
  }
  // The browser may keep a Blob on the disk; what is not in one yet is in memory.
  let kept = new Blob([], { type: "text/csv" });
  let chunks: BlobPart[] = [];
  let loose = 0;
  let told = 0;
  const reader = response.body.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    if (value === undefined) continue;
    chunks.push(value);
    loose += value.byteLength;
    if (loose >= fold) {
      kept = new Blob([kept, ...chunks], { type: kept.type });
      chunks = [];
      loose = 0;
    }
    const now = performance.now();
    if (now - told > 200 && !signal.aborted) {
      told = now;
      onReceived(kept.size + loose);
    }
  }
  return { blob: new Blob([kept, ...chunks], { type: kept.type }), name: fileName(response.headers) ?? `${kind}.csv` };
}

/** The name in a Content-Disposition (RFC 6266), without anything that is not for names. */
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

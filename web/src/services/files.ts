import i18n from "i18next";
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { useToast } from "../context/toasts";
import { formatSize } from "./format";
import { asApiError } from "./problem";

/** What can be imported and exported as CSV, named after its service. */
export const fileKinds = ["orders", "inventory", "users"] as const;
export type FileKind = (typeof fileKinds)[number];

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
  for (const notify of listeners) notify();
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

/** Ends the exports when the user signs out. */
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
        const { download } = await import("./download");
        const { name, size } = await download(kind, stop.signal, (received) => put(kind, { kind, received }));
        put(kind, undefined);
        toast(i18n.t("files:exported", { name, size: formatSize(size) }));
      } catch (error) {
        if (!stop.signal.aborted) put(kind, { kind, received: 0, error: asApiError(error) });
      } finally {
        if (stops.get(kind) === stop) stops.delete(kind);
      }
    },
    [toast],
  );
}

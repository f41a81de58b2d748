import { useQueryClient } from "@tanstack/react-query";
import i18n from "i18next";
import { useCallback } from "react";
import type { FileKind } from "./files";
import { ApiError, errorFrom, retryAfter } from "./problem";
import { isText, number, record } from "./read";
import { currentToken, renew, sessionStore } from "./session";

/** In bytes; the limit of the services. */
export const largestFile = 2 ** 30;

export interface ImportCounts {
  created: number;
  updated: number;
  skipped: number;
  /** Items that an import of orders creates, because inventory lacks them. */
  items: number | undefined;
  /** The reasons for the first skipped rows. */
  errors: string[];
}

interface Upload {
  kind: FileKind;
  file: File;
  /** Only report what would happen. */
  dryRun: boolean;
  signal: AbortSignal;
  /** Receives the share that has been sent, from 0 to 1. */
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
  if (answer.status !== 200) throw await errorFrom(answer.status, answer.body, answer.wait);
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

/** With XMLHttpRequest, because fetch does not report upload progress. */
function post({ kind, file, dryRun, signal, onSent }: Upload, token: string | undefined): Promise<Posted> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => {
      request.abort();
      reject(new DOMException("stopped", "AbortError"));
    };
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

/** Invalidates everything that an import of this kind may have changed. */
export function useImported(kind: FileKind) {
  const queries = useQueryClient();
  return useCallback(() => {
    void queries.invalidateQueries({ queryKey: [kind] });
    if (kind === "orders") void queries.invalidateQueries({ queryKey: ["inventory"] });
  }, [queries, kind]);
}

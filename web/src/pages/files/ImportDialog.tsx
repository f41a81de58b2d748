import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Alert, ErrorAlert } from "../../components/Alert";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { CheckIcon, ImportIcon } from "../../components/icons";
import { Progress } from "../../components/Progress";
import { Said } from "../../components/Said";
import type { FileKind } from "../../services/files";
import { formatCount, formatPercent, formatSize } from "../../services/format";
import { type ImportCounts, importFile, largestFile, useImported } from "../../services/import";

type Step =
  | { at: "choose"; problem?: string; note?: string }
  | { at: "sending"; file: File; dryRun: boolean; sent: number }
  | { at: "failed"; file: File; dryRun: boolean; error: unknown }
  | { at: "preview" | "done"; file: File; counts: ImportCounts };

const columns: Record<FileKind, { needed: string; optional: string }> = {
  orders: { needed: "id, user_id, total, status, items_json", optional: "created_at" },
  inventory: { needed: "sku, qty", optional: "name, price, reorder_level" },
  users: { needed: "name, email", optional: "role, is_active" },
};

/** Imports a file: first a dry run, then the import itself. */
export function ImportDialog({ kind, onClose }: { kind: FileKind; onClose: () => void }) {
  const { t } = useTranslation("files");
  const { step, choose, run, stop, again } = useImport(kind);
  useDroppedFile(choose);
  const start = useRef<HTMLDivElement>(null);
  const before = useRef(step.at);
  useEffect(() => {
    if (before.current !== step.at) start.current?.focus({ preventScroll: true }); // the element that had the focus is gone
    before.current = step.at;
  }, [step.at]);
  return (
    <Dialog wide title={t(`title.${kind}`)} text={t(`text.${kind}`)} onClose={step.at === "sending" ? stop : onClose}>
      <div ref={start} tabIndex={-1} className="space-y-4 outline-none">
        {step.at === "choose" && (
          <>
            {step.note && <Alert kind="info">{step.note}</Alert>}
            {step.problem && <Alert kind="error">{step.problem}</Alert>}
            <DropZone kind={kind} onFile={choose} />
          </>
        )}
        {step.at === "sending" && <Sending {...step} onStop={stop} />}
        {step.at === "failed" && (
          <>
            <FileName file={step.file} />
            <ErrorAlert error={step.error} onRetry={() => run(step.file, step.dryRun)} />
            <DialogActions>
              <Button onClick={onClose}>{t("common.close")}</Button>
              <Button look="primary" onClick={again}>
                {t("other")}
              </Button>
            </DialogActions>
          </>
        )}
        {step.at === "preview" && <Preview {...step} onOther={again} onImport={() => run(step.file, false)} />}
        {step.at === "done" && (
          <>
            <p role="status" className="flex items-center gap-2 font-medium">
              <CheckIcon className="text-green-text" /> {t("done")}
            </p>
            <Counts counts={step.counts} />
            <DialogActions>
              <Button onClick={again}>{t("other")}</Button>
              <Button look="primary" onClick={onClose}>
                {t("common.close")}
              </Button>
            </DialogActions>
          </>
        )}
      </div>
    </Dialog>
  );
}

/** The step of the import, and what moves it on. */
function useImport(kind: FileKind) {
  const { t } = useTranslation("files");
  const [step, setStep] = useState<Step>({ at: "choose" });
  const stopping = useRef<AbortController>(undefined);
  const imported = useImported(kind);
  useEffect(() => () => stopping.current?.abort(), []);

  const run = useCallback(
    async (file: File, dryRun: boolean) => {
      if (stopping.current) return; // the second click of a double click
      const stop = new AbortController();
      stopping.current = stop;
      const progress = { sent: 0 };
      const onSent = (sent: number) => {
        progress.sent = sent;
        if (!stop.signal.aborted) setStep({ at: "sending", file, dryRun, sent });
      };
      setStep({ at: "sending", file, dryRun, sent: 0 });
      try {
        const counts = await importFile({ kind, file, dryRun, signal: stop.signal, onSent });
        setStep({ at: dryRun ? "preview" : "done", file, counts });
      } catch (error) {
        if (!stop.signal.aborted) setStep({ at: "failed", file, dryRun, error });
        else setStep({ at: "choose", note: !dryRun && progress.sent >= 1 ? t("stoppedLate") : t("stopped") });
      }
      stopping.current = undefined;
      if (!dryRun) imported(); // also after a failure: the answer may have been lost
    },
    [kind, imported, t],
  );

  const choose = useCallback(
    (files: FileList | null) => {
      const file = files?.[0];
      if (!file || step.at === "sending") return;
      if (files.length > 1) setStep({ at: "choose", problem: t("oneFile") });
      else if (!/\.csv$/i.test(file.name)) setStep({ at: "choose", problem: t("notCsv", { name: file.name }) });
      else if (file.size > largestFile) setStep({ at: "choose", problem: t("tooLarge", { name: file.name }) });
      else void run(file, true);
    },
    [run, t, step.at],
  );

  return {
    step,
    choose,
    run: (file: File, dryRun: boolean) => void run(file, dryRun),
    stop: () => stopping.current?.abort(),
    again: () => setStep({ at: "choose" }),
  };
}

/** Takes files dropped anywhere on the page; by default the browser would open them. */
function useDroppedFile(onFiles: (files: FileList | null) => void) {
  useEffect(() => {
    const allow = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      onFiles(event.dataTransfer?.files ?? null);
    };
    window.addEventListener("dragover", allow);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", allow);
      window.removeEventListener("drop", drop);
    };
  }, [onFiles]);
}

/** Whether a file is being dragged over the page. */
function useDragging() {
  const [dragging, setDragging] = useState(false);
  useEffect(() => {
    const enter = () => setDragging(true);
    const leave = ({ relatedTarget }: DragEvent) => {
      if (relatedTarget === null) setDragging(false);
    };
    const end = () => setDragging(false);
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", end);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", end);
    };
  }, []);
  return dragging;
}

function DropZone({ kind, onFile }: { kind: FileKind; onFile: (files: FileList | null) => void }) {
  const { t } = useTranslation("files");
  const input = useRef<HTMLInputElement>(null);
  const dragging = useDragging();
  const { needed, optional } = columns[kind];
  return (
    <>
      <div
        className={`flex flex-col items-center rounded-lg border-2 border-dashed px-4 py-8 text-center ${dragging ? "border-link bg-accent-soft" : "border-line"}`}
      >
        <div className="mb-3 flex size-11 items-center justify-center rounded-full bg-sunken text-muted">
          <ImportIcon className="size-5" />
        </div>
        <p className="mb-3 text-sm">{dragging ? t("dropNow") : t("drop")}</p>
        <Button look="primary" onClick={() => input.current?.click()}>
          {t("choose")}
        </Button>
        <input
          ref={input}
          type="file"
          accept=".csv,text/csv"
          aria-label={t("choose")}
          tabIndex={-1}
          className="hidden"
          onChange={(event) => {
            onFile(event.target.files);
            event.target.value = ""; // so that the same file can be chosen again
          }}
        />
        <p className="mt-3 text-xs text-muted">{t("limit")}</p>
      </div>
      <dl className="space-y-1 text-sm">
        {[
          [t("needed"), needed],
          [t("optional"), optional],
        ].map(([name, value]) => (
          <div key={name} className="flex flex-wrap gap-x-2">
            <dt className="text-muted">{name}</dt>
            <dd className="font-mono text-[0.8125rem] break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function FileName({ file }: { file: File }) {
  return (
    <p className="flex items-baseline justify-between gap-4 text-sm">
      <span className="min-w-0 truncate font-medium">{file.name}</span>
      <span className="shrink-0 text-muted tabular-nums">{formatSize(file.size)}</span>
    </p>
  );
}

function Sending({ file, dryRun, sent, onStop }: { file: File; dryRun: boolean; sent: number; onStop: () => void }) {
  const { t } = useTranslation("files");
  const working = dryRun ? t("checking") : t("applying");
  const label = sent < 1 ? t("uploading") : working;
  return (
    <>
      <FileName file={file} />
      <Progress label={label} share={sent < 1 ? sent : undefined} />
      <p className="flex justify-between text-sm text-muted">
        <span role="status">{label}</span>
        {sent < 1 && <span className="tabular-nums">{formatPercent(sent)}</span>}
      </p>
      <DialogActions>
        <Button onClick={onStop}>{t("common.cancel")}</Button>
      </DialogActions>
    </>
  );
}

interface PreviewProps {
  file: File;
  counts: ImportCounts;
  onOther: () => void;
  onImport: () => void;
}

function Preview({ file, counts, onOther, onImport }: PreviewProps) {
  const { t } = useTranslation("files");
  const rows = counts.created + counts.updated;
  return (
    <>
      <FileName file={file} />
      <p role="status" className="text-sm text-muted">
        {t("preview")}
      </p>
      <Counts counts={counts} />
      <DialogActions>
        <Button onClick={onOther}>{t("other")}</Button>
        <Button look="primary" disabled={rows === 0} onClick={onImport}>
          {rows === 0 ? t("nothing") : t("confirm", { count: rows, replace: { count: formatCount(rows) } })}
        </Button>
      </DialogActions>
    </>
  );
}

function Counts({ counts }: { counts: ImportCounts }) {
  const { t } = useTranslation("files");
  const shown: [string, number][] = [
    [t("created"), counts.created],
    [t("updated"), counts.updated],
    [t("skipped"), counts.skipped],
    ...(counts.items === undefined ? [] : [[t("items"), counts.items] satisfies [string, number]]),
  ];
  return (
    <>
      <dl className="grid grid-cols-[repeat(auto-fit,minmax(6.5rem,1fr))] gap-px overflow-hidden rounded-lg border border-line bg-line">
        {shown.map(([name, count]) => (
          <div key={name} className="flex flex-col-reverse justify-end bg-raised px-3.5 py-3">
            <dt className="text-xs text-muted">{name}</dt>
            <dd className="text-xl font-semibold tabular-nums">{formatCount(count)}</dd>
          </div>
        ))}
      </dl>
      {counts.errors.length > 0 && (
        <div className="rounded-lg bg-amber-soft px-3.5 py-3 text-sm text-amber-text">
          <h3 className="font-medium">
            {t("problems", { count: counts.skipped, replace: { count: formatCount(counts.skipped) } })}
            {counts.skipped > counts.errors.length && ` ${t("firstProblems", { count: counts.errors.length })}`}
          </h3>
          <ul className="mt-1.5 space-y-1">
            {counts.errors.map((error) => (
              <li key={error} className="break-words">
                <Said text={error} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { ErrorAlert } from "./Alert";
import { Button } from "./Button";
import { DialogActions, Modal } from "./Dialog";

interface ConfirmDialogProps {
  title: string;
  children: ReactNode;
  confirm: string;
  keep?: string;
  /** Whether something is lost. */
  danger?: boolean;
  busy: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks for confirmation. It is open while it is rendered. */
export function ConfirmDialog({ title, children, confirm, keep, danger = true, busy, error, onConfirm, onClose }: ConfirmDialogProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <Modal
      role="alertdialog"
      labelledBy={`${id}-title`}
      describedBy={`${id}-text`}
      onClose={onClose}
      className="m-auto w-[calc(100%-1.5rem)] max-w-md animate-pop rounded-xl p-5 sm:p-6"
    >
      <h2 id={`${id}-title`} className="text-lg font-semibold tracking-tight break-words">
        {title}
      </h2>
      <div id={`${id}-text`} className="mt-2 space-y-3 text-sm text-pretty break-words text-muted">
        {children}
      </div>
      {error !== undefined && error !== null && (
        <div className="mt-3">
          <ErrorAlert error={error} onRetry={onConfirm} />
        </div>
      )}
      <DialogActions>
        <Button onClick={onClose}>{keep ?? t("common.cancel")}</Button>
        <Button look={danger ? "danger" : "primary"} busy={busy} onClick={onConfirm}>
          {confirm}
        </Button>
      </DialogActions>
    </Modal>
  );
}

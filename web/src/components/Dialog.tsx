import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { CloseIcon } from "./icons";

interface ModalProps {
  role?: "dialog" | "alertdialog";
  label?: string;
  labelledBy?: string;
  describedBy?: string;
  className: string;
  onClose: () => void;
  children: ReactNode;
}

/**
 * The browser's own modal dialog: it traps the focus and returns it.
 * It is open while it is rendered. Radix's would lock the page's scrolling with
 * inline styles, which the Content-Security-Policy does not allow.
 */
export function Modal({ role = "dialog", label, labelledBy, describedBy, className, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  // close returns the focus only while the element exists, as in a layout effect.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events -- Escape does the same
    <dialog
      ref={dialog}
      role={role}
      aria-label={label}
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget && role === "dialog") onClose(); // the backdrop
      }}
      className={`overscroll-contain bg-raised text-ink shadow-pop ${className}`}
    >
      {children}
    </dialog>
  );
}

interface DialogProps {
  title: string;
  text?: ReactNode;
  wide?: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog with a title, to fill in or to read. */
export function Dialog({ title, text, wide = false, onClose, children }: DialogProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <Modal
      labelledBy={`${id}-title`}
      {...(text ? { describedBy: `${id}-text` } : {})}
      onClose={onClose}
      className={`m-auto w-[calc(100%-1.5rem)] animate-pop rounded-xl p-0 ${wide ? "max-w-xl" : "max-w-md"}`}
    >
      <div className="p-5 sm:p-6">
        <div className="flex items-start justify-between gap-4">
          <h2 id={`${id}-title`} className="min-w-0 text-lg font-semibold tracking-tight break-words">
            {title}
          </h2>
          <IconButton label={t("common.close")} size="tiny" className="-mt-0.5 -mr-1.5" onClick={onClose}>
            <CloseIcon />
          </IconButton>
        </div>
        {text && (
          <div id={`${id}-text`} className="mt-1 text-sm text-pretty break-words text-muted">
            {text}
          </div>
        )}
        <div className="mt-5">{children}</div>
      </div>
    </Modal>
  );
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-6 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">{children}</div>;
}

/** A panel from the side, for the navigation on a phone. */
export function Sheet({ label, onClose, children }: { label: string; onClose: () => void; children: ReactNode }) {
  return (
    <Modal
      label={label}
      onClose={onClose}
      className="m-0 h-dvh max-h-none w-72 max-w-[calc(100%-3rem)] animate-slide p-0"
    >
      {children}
    </Modal>
  );
}

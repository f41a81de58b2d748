import { Toast } from "radix-ui";
import { useTranslation } from "react-i18next";
import { CheckIcon, CloseIcon, WarningIcon } from "./icons";

export interface ShownToast {
  id: number;
  text: string;
  kind: "done" | "error";
}

/** The notifications on show. F8 moves the focus there. */
export function Toasts({ shown, onClose }: { shown: ShownToast[]; onClose: (id: number) => void }) {
  const { t } = useTranslation();
  return (
    <Toast.Provider duration={6000} label={t("toasts.one")}>
      {shown.map(({ id, text, kind }) => (
        <Toast.Root
          key={id}
          type={kind === "error" ? "foreground" : "background"}
          onOpenChange={(open) => {
            if (!open) onClose(id);
          }}
          className="flex w-full animate-rise items-center gap-2.5 rounded-lg bg-raised py-1.5 pr-1.5 pl-3.5 text-sm shadow-pop data-[swipe=move]:translate-x-(--radix-toast-swipe-move-x)"
        >
          {kind === "error" ? (
            <WarningIcon className="shrink-0 text-danger" />
          ) : (
            <CheckIcon className="shrink-0 text-green-text" />
          )}
          <Toast.Description className="min-w-0 flex-1 break-words">{text}</Toast.Description>
          <Toast.Close
            aria-label={t("toasts.close")}
            className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink"
          >
            <CloseIcon />
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport
        label={t("toasts.label", { hotkey: "{hotkey}" })}
        className="fixed inset-x-4 bottom-4 z-50 flex flex-col gap-2 outline-none sm:left-auto sm:w-96"
      />
    </Toast.Provider>
  );
}

import { createContext, lazy, type ReactNode, Suspense, use, useCallback, useState } from "react";
import type { ShownToast } from "../components/Toasts";

const Toasts = lazy(async () => ({ default: (await import("../components/Toasts")).Toasts }));

const Context = createContext<(text: string, kind?: ShownToast["kind"]) => void>(() => undefined);

/** Shows notifications, which screen readers announce. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [{ shown, last }, setState] = useState<{ shown: ShownToast[]; last: number }>({ shown: [], last: 0 });
  const show = useCallback((text: string, kind: ShownToast["kind"] = "done") => {
    setState(({ shown, last }) => ({ shown: [...shown.slice(-2), { id: last + 1, text, kind }], last: last + 1 }));
  }, []);
  const close = useCallback((id: number) => {
    setState(({ shown, last }) => ({ shown: shown.filter((toast) => toast.id !== id), last }));
  }, []);
  return (
    <Context value={show}>
      {children}
      {last > 0 && (
        <Suspense>
          <Toasts shown={shown} onClose={close} />
        </Suspense>
      )}
    </Context>
  );
}

/** A function that shows a notification. */
export const useToast = () => use(Context);

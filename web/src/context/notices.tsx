import { createContext, type ReactNode, use, useEffect, useState } from "react";
import { IconButton } from "../components/Button";
import { CheckIcon, CloseIcon } from "../components/icons";

const Context = createContext<(text: string) => void>(() => undefined);

/** Shows short news of what was done, and has screen readers say it. */
export function NoticeProvider({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState<{ text: string }>();

  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(() => setNotice(undefined), 8000);
    return () => clearTimeout(timer);
  }, [notice]);

  return (
    <Context value={(text) => setNotice({ text })}>
      {children}
      <div role="status" className="pointer-events-none fixed inset-x-4 bottom-4 z-50 flex justify-center">
        {notice && (
          <p className="pointer-events-auto flex max-w-md items-center gap-2.5 rounded-lg border border-line bg-surface py-1.5 pr-1.5 pl-3.5 text-sm shadow-lg">
            <CheckIcon className="shrink-0 text-green-text" />
            <span className="min-w-0 break-words">{notice.text}</span>
            <IconButton label="Dismiss" onClick={() => setNotice(undefined)}>
              <CloseIcon />
            </IconButton>
          </p>
        )}
      </div>
    </Context>
  );
}

/** A function that shows a notice. */
export const useNotice = () => use(Context);

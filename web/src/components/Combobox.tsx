import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorAlert } from "./Alert";
import { fieldLook, Frame } from "./Field";
import { SearchIcon } from "./icons";
import { useSettled } from "./listState";
import { Skeleton } from "./Skeleton";

interface Found<T> {
  data: { rows: T[] } | undefined;
  isPending: boolean;
  isError: boolean;
  isSuccess: boolean;
  error: unknown;
  refetch: () => unknown;
}

interface ComboboxProps<T> {
  label: string;
  hint?: string;
  placeholder: string;
  listLabel: string;
  /** A hook that searches by prefix. */
  useOptions: (text: string, open: boolean) => Found<T>;
  optionKey: (option: T) => string | number;
  /** Why an option cannot be chosen. */
  obstacle?: (option: T) => string | undefined;
  render: (option: T, obstacle: string | undefined) => ReactNode;
  nothing: (text: string) => string;
  onPick: (option: T) => void;
  error?: string | undefined;
}

/** A search on the server (ARIA Authoring Practices, "Editable Combobox With List Autocomplete"). */
export function Combobox<T>({ useOptions, obstacle = () => undefined, ...props }: ComboboxProps<T>) {
  const { t } = useTranslation();
  const { label, hint, placeholder, listLabel, optionKey, render, nothing, onPick, error } = props;
  const id = useId();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [activeKey, setActiveKey] = useState<string | number>();
  const options = useOptions(useSettled(text.trim(), 200), open);
  const found = options.data?.rows ?? [];
  // By key, so that the answer to a search does not move the mark to another option.
  const active = found.findIndex((option) => optionKey(option) === activeKey);

  function close() {
    setOpen(false);
    setActiveKey(undefined);
  }

  function pick(option: T) {
    if (obstacle(option)) return;
    onPick(option);
    setText("");
    close();
  }

  function move(by: 1 | -1) {
    if (!open) {
      setOpen(true);
      return;
    }
    const from = active === -1 && by === -1 ? found.length : active;
    const to = (from + by + found.length) % found.length;
    const next = found[to];
    if (!next) return;
    setActiveKey(optionKey(next));
    document.getElementById(`${id}-${to}`)?.scrollIntoView({ block: "nearest" });
  }

  function onKeyDown(event: KeyboardEvent) {
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1);
        break;
      case "Enter": {
        event.preventDefault(); // it must not send the form
        const option = found[active];
        if (open && option) pick(option);
        break;
      }
      case "Escape":
        if (open) {
          event.preventDefault(); // a dialog around it stays
          close();
        } else setText("");
        break;
    }
  }

  return (
    <Frame {...{ label, hint, error }}>
      {(about) => (
        <div
          role="presentation"
          className="relative"
          onBlur={(event) => {
            if (!event.currentTarget.contains(event.relatedTarget)) close();
          }}
        >
          <SearchIcon className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-muted" />
          <input
            {...about}
            role="combobox"
            aria-expanded={open}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={active === -1 ? undefined : `${id}-${active}`}
            autoComplete="off"
            maxLength={200}
            placeholder={placeholder}
            className={`${fieldLook} pl-9`}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setActiveKey(undefined);
              setOpen(true);
            }}
            onClick={() => setOpen(true)}
            onKeyDown={onKeyDown}
          />
          <div
            className={`absolute z-10 mt-1.5 w-full rounded-lg bg-raised p-1 shadow-pop ${open ? "" : "hidden"}`}
          >
            <div id={`${id}-list`} role="listbox" aria-label={listLabel} className="max-h-72 overflow-y-auto">
              {found.map((option, index) => {
                const reason = obstacle(option);
                return (
                  // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the input handles the keys
                  <div
                    key={optionKey(option)}
                    id={`${id}-${index}`}
                    role="option"
                    aria-selected={index === active}
                    aria-disabled={reason !== undefined}
                    onMouseDown={(event) => event.preventDefault()}
                    onMouseMove={() => setActiveKey(optionKey(option))}
                    onClick={() => pick(option)}
                    tabIndex={-1}
                    className="flex items-center justify-between gap-4 rounded-md px-3 py-2 text-sm -outline-offset-2 outline-link aria-disabled:text-muted aria-selected:bg-sunken aria-selected:outline-2"
                  >
                    {render(option, reason)}
                  </div>
                );
              })}
            </div>
            {open && options.isPending && (
              <div className="space-y-3 p-3">
                <Skeleton className="w-2/3" />
                <Skeleton className="w-1/2" />
              </div>
            )}
            {options.isError && <ErrorAlert error={options.error} onRetry={() => void options.refetch()} />}
            {options.isSuccess && found.length === 0 && (
              <p className="px-3 py-4 text-center text-sm text-muted">{nothing(text.trim())}</p>
            )}
          </div>
          <p role="status" className="sr-only">
            {open && options.isSuccess && t("table.results", { count: found.length })}
          </p>
        </div>
      )}
    </Frame>
  );
}

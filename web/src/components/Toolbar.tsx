import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { fieldLook } from "./Field";
import { FilterIcon, SearchIcon } from "./icons";
import { useListState, useSettled } from "./listState";

/** Searches while the user types; the address keeps the text as q. */
export function SearchBox({ label }: { label: string }) {
  const { search, change } = useListState();
  const inAddress = search.get("q") ?? "";
  const [text, setText] = useState(inAddress);
  const [seen, setSeen] = useState(inAddress);
  const written = useRef(inAddress);
  if (seen !== inAddress) {
    setSeen(inAddress);
    setText((now) => (now.trim() === inAddress ? now : inAddress)); // changed by the back button, or cleared
  }
  const settled = useSettled(text.trim(), 250);
  useEffect(() => {
    if (settled === written.current) return;
    written.current = settled;
    change({ q: settled });
  }, [settled, change]);
  useEffect(() => {
    written.current = inAddress;
  }, [inAddress]);
  return (
    <div className="relative min-w-0 flex-1 basis-48 sm:max-w-xs">
      <SearchIcon className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-muted" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        data-search
        className={`${fieldLook} pl-9`}
        maxLength={64}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}

/** Further filters, shown on demand or when in use. */
export function Filters({ names, children }: { names: string[]; children: ReactNode }) {
  const { t } = useTranslation();
  const { search, change } = useListState();
  const used = names.filter((name) => search.has(name)).length;
  const [open, setOpen] = useState(used > 0);
  return (
    <>
      <Button aria-expanded={open} onClick={() => setOpen(!open)}>
        <FilterIcon /> <span className="max-sm:sr-only">{t("table.filters")}</span>
        {used > 0 && (
          <span className="-mr-1 rounded-full bg-accent-soft px-1.5 text-xs text-link tabular-nums">{used}</span>
        )}
      </Button>
      {open && (
        <div className="order-last grid w-full grid-cols-2 items-end gap-3 pt-1 lg:flex lg:flex-wrap">
          {children}
          {used > 0 && (
            <Button look="quiet" onClick={() => change(Object.fromEntries(names.map((name) => [name, undefined])))}>
              {t("table.clear")}
            </Button>
          )}
        </div>
      )}
    </>
  );
}

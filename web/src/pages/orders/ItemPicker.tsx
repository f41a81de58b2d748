import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { ErrorAlert } from "../../components/Alert";
import { SearchIcon } from "../../components/icons";
import { Skeleton } from "../../components/Skeleton";
import { fieldLook } from "../../components/TextField";
import { formatCount, formatMoney, plural } from "../../services/format";
import { useItemSearch } from "../../services/inventory";
import type { Item } from "../../types/inventory";

interface ItemPickerProps {
  /** SKUs that are chosen already. */
  chosen: string[];
  onPick: (item: Item) => void;
  error: string | undefined;
}

/** A combobox over the catalogue (ARIA Authoring Practices, "Editable Combobox With List Autocomplete"). */
export function ItemPicker({ chosen, onPick, error }: ItemPickerProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState<number>();
  const items = useItemSearch(useSettled(text.trim(), 200), open);
  const found = items.data ?? [];

  const obstacle = (item: Item) => {
    if (chosen.includes(item.sku)) return "Chosen";
    if (item.price === null) return "No price";
    if (item.qty === 0) return "Out of stock";
    return undefined;
  };

  function close() {
    setOpen(false);
    setActive(undefined);
  }

  function pick(item: Item) {
    if (obstacle(item)) return;
    onPick(item);
    setText("");
    close();
  }

  function move(by: 1 | -1) {
    if (!open) {
      setOpen(true);
      return;
    }
    if (found.length === 0) return;
    const from = active ?? (by === 1 ? -1 : found.length);
    const to = (from + by + found.length) % found.length;
    setActive(to);
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
        const item = active === undefined ? undefined : found[active];
        if (open && item) pick(item);
        break;
      }
      case "Escape":
        if (open) close();
        else setText("");
        break;
    }
  }

  return (
    <div>
      <label htmlFor={`${id}-input`} className="mb-1.5 block text-sm font-medium">
        Add an item
      </label>
      <div
        role="presentation"
        className="relative"
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) close();
        }}
      >
        <SearchIcon className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-muted" />
        <input
          ref={input}
          id={`${id}-input`}
          role="combobox"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={active === undefined ? undefined : `${id}-${active}`}
          aria-invalid={error !== undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          autoComplete="off"
          placeholder="SKU or name"
          className={`${fieldLook} pl-9`}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(undefined);
            setOpen(true);
          }}
          onClick={() => setOpen(true)}
          onKeyDown={onKeyDown}
        />
        <div
          className={`absolute z-10 mt-1 max-h-72 w-full overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-xl ${open ? "" : "hidden"}`}
        >
          <div id={`${id}-list`} role="listbox" aria-label="Items">
            {found.map((item, index) => {
              const reason = obstacle(item);
              return (
                // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the input handles the keys
                <div
                  key={item.id}
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={index === active}
                  aria-disabled={reason !== undefined}
                  onMouseDown={(event) => event.preventDefault()}
                  onMouseMove={() => setActive(index)}
                  onClick={() => pick(item)}
                  tabIndex={-1}
                  className="flex items-center justify-between gap-4 rounded-md px-3 py-2 text-sm aria-disabled:text-muted aria-selected:bg-sunken"
                >
                  <span className="min-w-0">
                    <span className="block truncate font-medium">{item.name || item.sku}</span>
                    <span className="block truncate font-mono text-xs text-muted">{item.sku}</span>
                  </span>
                  <span className="shrink-0 text-right">
                    {item.price !== null && <span className="block tabular-nums">{formatMoney(item.price)}</span>}
                    <span className="block text-xs text-muted">{reason ?? `${formatCount(item.qty)} left`}</span>
                  </span>
                </div>
              );
            })}
          </div>
          {open && items.isPending && (
            <div className="space-y-3 p-3">
              <Skeleton className="w-2/3" />
              <Skeleton className="w-1/2" />
            </div>
          )}
          {items.isError && <ErrorAlert error={items.error} onRetry={() => void items.refetch()} />}
          {items.isSuccess && found.length === 0 && (
            <p className="px-3 py-4 text-center text-sm text-muted">
              {text.trim() ? `No SKU or name begins with “${text.trim()}”.` : "There are no items yet."}
            </p>
          )}
        </div>
        <p role="status" className="sr-only">
          {open && items.isSuccess && plural(found.length, "item", "items")}
        </p>
      </div>
      {error && (
        <p id={`${id}-error`} className="mt-1.5 text-sm text-danger">
          {error}
        </p>
      )}
    </div>
  );
}

/** The value once it has stood still for so many milliseconds. */
function useSettled(value: string, delay: number) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delay);
    return () => clearTimeout(timer);
  }, [value, delay]);
  return settled;
}

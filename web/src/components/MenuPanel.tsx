import { DropdownMenu } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { CheckIcon } from "./icons";

const item =
  "flex min-h-8 cursor-default items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm -outline-offset-2 select-none data-[disabled]:opacity-50 data-[highlighted]:bg-sunken";

interface MenuPanelProps {
  trigger: ReactNode;
  align: "start" | "end";
  /** Opened by keyboard: the first entry gets the focus. */
  byKeys: boolean;
  onClosed: () => void;
  children: ReactNode;
}

/** An open menu, at its trigger. It is not modal, because locking the page's scrolling needs inline styles. */
export function MenuPanel({ trigger, align, byKeys, onClosed, children }: MenuPanelProps) {
  const begins = useRef(byKeys);
  return (
    <DropdownMenu.Root
      modal={false}
      open
      onOpenChange={(open) => {
        if (!open) onClosed();
      }}
    >
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      {/* In a landmark, as all of the page is. */}
      <DropdownMenu.Portal container={document.getElementById("content")}>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          loop
          onFocus={({ currentTarget }) => {
            if (!begins.current) return;
            begins.current = false;
            currentTarget.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
          }}
          className="z-40 max-h-(--radix-dropdown-menu-content-available-height) min-w-48 animate-pop overflow-y-auto rounded-lg bg-raised p-1 shadow-pop"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface MenuItemProps {
  icon?: ReactNode;
  danger?: boolean;
  end?: ReactNode;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({ icon, danger = false, end, onSelect, children }: MenuItemProps) {
  return (
    // After the menu has closed: a dialog returns the focus to the element that had it, which must still exist.
    <DropdownMenu.Item onSelect={() => setTimeout(onSelect)} className={`${item} ${danger ? "text-danger" : ""}`}>
      {icon}
      <span className="min-w-0 flex-1">{children}</span>
      {end}
    </DropdownMenu.Item>
  );
}

/** An entry that is on or off; the menu stays open. */
export function MenuCheck({ checked, onChange, children }: { checked: boolean; onChange: (on: boolean) => void; children: ReactNode }) {
  return (
    <DropdownMenu.CheckboxItem
      checked={checked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
      className={item}
    >
      <span className="flex size-4 items-center justify-center rounded border border-field text-link">
        <DropdownMenu.ItemIndicator>
          <CheckIcon className="size-3" />
        </DropdownMenu.ItemIndicator>
      </span>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2.5 py-1.5 text-xs text-muted">{children}</DropdownMenu.Label>;
}

export function MenuLine() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />;
}

/** A link to a page outside the application. */
export function MenuLink({ href, icon, children }: { href: string; icon?: ReactNode; children: ReactNode }) {
  return (
    <DropdownMenu.Item asChild className={item}>
      <a href={href} target="_blank" rel="noopener">
        {icon}
        {children}
      </a>
    </DropdownMenu.Item>
  );
}

import { cloneElement, lazy, type ReactElement, type ReactNode, Suspense, useEffect, useLayoutEffect, useRef, useState } from "react";

// The code that positions and drives a menu is large, and the first page is
// shown without it. It is loaded once the browser is idle.
const load = () => import("./MenuPanel");
const MenuPanel = lazy(async () => ({ default: (await load()).MenuPanel }));
export const MenuItem = lazy(async () => ({ default: (await load()).MenuItem }));
export const MenuCheck = lazy(async () => ({ default: (await load()).MenuCheck }));
export const MenuLabel = lazy(async () => ({ default: (await load()).MenuLabel }));
export const MenuLine = lazy(async () => ({ default: (await load()).MenuLine }));
export const MenuLink = lazy(async () => ({ default: (await load()).MenuLink }));

interface TriggerProps {
  onClick?: (event: React.MouseEvent) => void;
  onKeyDown?: (event: React.KeyboardEvent) => void;
  "aria-haspopup"?: "menu";
  "aria-expanded"?: boolean;
  ref?: React.Ref<HTMLButtonElement>;
}

interface MenuProps {
  /** The button that opens it. */
  trigger: ReactElement<TriggerProps>;
  align?: "start" | "end";
  children: ReactNode;
}

/** A menu of actions. */
export function Menu({ trigger, align = "end", children }: MenuProps) {
  const [open, setOpen] = useState<false | "pointer" | "keys">(false);
  const [button, setButton] = useState<HTMLButtonElement | null>(null);
  const returning = useRef(false);
  useEffect(() => {
    const idle = setTimeout(() => void load().catch(() => undefined), 2000);
    return () => clearTimeout(idle);
  }, []);
  useLayoutEffect(() => {
    // The trigger of the open menu disappears with it, and with it the focus, unless another element took it.
    if (open || !button || !returning.current) return;
    returning.current = false;
    if (document.activeElement === document.body) button.focus({ preventScroll: true });
  }, [open, button]);
  const closed = cloneElement(trigger, {
    ref: setButton,
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onClick: (event) => setOpen(event.detail === 0 ? "keys" : "pointer"),
    onKeyDown: (event) => {
      if (event.key !== "ArrowDown") return;
      event.preventDefault();
      setOpen("keys");
    },
  });
  if (!open) return closed;
  return (
    <Suspense fallback={closed}>
      <MenuPanel
        trigger={trigger}
        align={align}
        byKeys={open === "keys"}
        onClosed={() => {
          returning.current = true;
          setOpen(false);
        }}
      >
        {children}
      </MenuPanel>
    </Suspense>
  );
}

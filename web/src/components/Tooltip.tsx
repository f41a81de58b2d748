import { useEffect, useState } from "react";

interface Shown {
  text: string;
  left: number;
  top: number;
  above: boolean;
}

/**
 * Shows the data-tip of the element under the pointer or with keyboard focus. One
 * for the whole page; it repeats the accessible name, which screen readers
 * announce anyway. Escape hides it (WCAG 2.2, 1.4.13).
 */
export function Tooltips() {
  const [shown, setShown] = useState<Shown>();
  useEffect(() => {
    let timer = 0;
    const hide = () => {
      clearTimeout(timer);
      setShown(undefined);
    };
    const show = (target: EventTarget | null, delay: number) => {
      hide();
      const about = target instanceof Element ? target.closest<HTMLElement>("[data-tip]") : null;
      const text = about?.dataset.tip;
      if (!about || !text) return;
      timer = window.setTimeout(() => {
        const { left, width, top, bottom } = about.getBoundingClientRect();
        if (width === 0 || about.closest("dialog")) return; // gone, or above this layer
        const above = bottom + 40 > window.innerHeight;
        const middle = Math.min(Math.max(left + width / 2, 60), document.documentElement.clientWidth - 60);
        setShown({ text, left: middle, top: above ? top - 6 : bottom + 6, above });
      }, delay);
    };
    const onPointer = (event: PointerEvent) => {
      if (event.pointerType === "mouse") show(event.target, 400);
    };
    const onFocus = ({ target }: FocusEvent) => {
      if (target instanceof Element && target.matches(":focus-visible")) show(target, 0);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") hide();
    };
    document.addEventListener("pointerover", onPointer);
    document.addEventListener("focusin", onFocus);
    const hiding = ["focusout", "pointerdown", "scroll"];
    for (const name of hiding) document.addEventListener(name, hide, true);
    document.addEventListener("keydown", onKey);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerover", onPointer);
      document.removeEventListener("focusin", onFocus);
      for (const name of hiding) document.removeEventListener(name, hide, true);
      document.removeEventListener("keydown", onKey);
    };
  }, []);
  if (!shown) return null;
  const { text, left, top, above } = shown;
  return (
    <div
      aria-hidden="true"
      className={`pointer-events-none fixed z-50 max-w-64 -translate-x-1/2 rounded-md bg-ink px-2 py-1 text-xs text-canvas ${above ? "-translate-y-full" : ""}`}
      style={{ left, top }}
    >
      {text}
    </div>
  );
}

import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useIsAdmin } from "../services/users";
import { Dialog } from "./Dialog";
import { commandKey, Kbd } from "./Kbd";

interface Asked {
  /** Whether something lies over the page, or is about to: the keys are for that. */
  covered: boolean;
  onPalette: () => void;
  onHelp: () => void;
}

/** Listens to the keys that work on every page. */
export function useShortcuts({ covered, onPalette, onHelp }: Asked) {
  const go = useNavigate();
  const isAdmin = useIsAdmin();
  const leader = useRef(0); // when g was pressed
  useEffect(() => {
    const pages: Record<string, string> = { d: "/app", o: "/app/orders", i: "/app/inventory", s: "/app/settings" };
    if (isAdmin) {
      pages.u = "/app/users";
      pages.w = "/app/webhooks";
    }
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      if ((event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        onPalette();
        return;
      }
      if (covered || document.querySelector("dialog[open]") || isWriting(event.target)) return;
      if (event.metaKey || event.ctrlKey || event.altKey) return;
      const led = Date.now() - leader.current < 1500;
      leader.current = 0;
      const page = pages[event.key];
      if (led && page) void go(page);
      else if (event.key === "g") leader.current = Date.now();
      else if (event.key === "?") onHelp();
      else if (event.key === "n") void go("/app/new-order");
      else if (event.key === "/") {
        const search = document.querySelector<HTMLElement>("[data-search]");
        if (!search) return;
        search.focus();
      } else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [go, isAdmin, covered, onPalette, onHelp]);
}

function isWriting(target: EventTarget | null) {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable], [role=menu]") !== null;
}

/** All of them, to look up. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const isAdmin = useIsAdmin();
  const keys: [string, string[]][] = [
    [t("shortcuts.palette"), [commandKey, "K"]],
    [t("shortcuts.search"), ["/"]],
    [t("shortcuts.new"), ["N"]],
    [t("dashboard.goTo"), ["G", "D"]],
    [t("shortcuts.orders"), ["G", "O"]],
    [t("shortcuts.inventory"), ["G", "I"]],
    ...(isAdmin ? [[t("shortcuts.users"), ["G", "U"]] satisfies [string, string[]]] : []),
    ...(isAdmin ? [[t("admin.goToWebhooks"), ["G", "W"]] satisfies [string, string[]]] : []),
    [t("shortcuts.settings"), ["G", "S"]],
    [t("shortcuts.help"), ["?"]],
  ];
  return (
    <Dialog title={t("shortcuts.title")} onClose={onClose}>
      <dl className="divide-y divide-line text-sm">
        {keys.map(([what, press]) => (
          <div key={what} className="flex items-center justify-between gap-4 py-2">
            <dt>{what}</dt>
            <dd className="flex items-center gap-1 text-xs text-muted">
              {press.map((key, index) => (
                <span key={key} className="flex items-center gap-1">
                  {index > 0 && press[0] === "G" && t("shortcuts.then")}
                  <Kbd>{key}</Kbd>
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

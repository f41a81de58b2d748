import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Dialog } from "../../components/Dialog";
import { commandKey, Kbd } from "../../components/Kbd";
import { useIsAdmin } from "../../services/users";
import { sectionsFor } from "./sections";

interface Shortcuts {
  /** Whether something covers the page, or is about to: the keys belong to that. */
  covered: boolean;
  onPalette: () => void;
  onHelp: () => void;
}

/** Handles the keys that work on every page. */
export function useShortcuts({ covered, onPalette, onHelp }: Shortcuts) {
  const go = useNavigate();
  const isAdmin = useIsAdmin();
  const leader = useRef(0); // when G was pressed
  useEffect(() => {
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
      const section = sectionsFor(isAdmin).find(({ key }) => key === event.key);
      const search = document.querySelector<HTMLElement>("[data-search]");
      if (led && section) void go(section.path);
      else if (event.key === "g") leader.current = Date.now();
      else if (event.key === "?") onHelp();
      else if (event.key === "n") void go("/app/new-order");
      else if (event.key === "/" && search) search.focus();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [go, isAdmin, covered, onPalette, onHelp]);
}

function isWriting(target: EventTarget | null) {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable], [role=menu]") !== null;
}

/** Lists the shortcuts. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("layout");
  const isAdmin = useIsAdmin();
  const shortcuts: [string, ...string[]][] = [
    [t("shortcuts.palette"), commandKey, "K"],
    [t("shortcuts.search"), "/"],
    [t("shortcuts.new"), "N"],
    ...sectionsFor(isAdmin).map(({ name, key }): [string, ...string[]] => [t(`shortcuts.${name}`), "G", key.toUpperCase()]),
    [t("shortcuts.help"), "?"],
  ];
  return (
    <Dialog title={t("shortcuts.title")} onClose={onClose}>
      <dl className="divide-y divide-line text-sm">
        {shortcuts.map(([action, ...keys]) => (
          <div key={action} className="flex items-center justify-between gap-4 py-2">
            <dt>{action}</dt>
            <dd className="flex items-center gap-1 text-xs text-muted">
              {keys.map((key, index) => (
                <span key={key} className="flex items-center gap-1">
                  {index > 0 && keys[0] === "G" && t("shortcuts.then")}
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

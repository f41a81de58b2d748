import { useTranslation } from "react-i18next";
import { useLiveOrders, useLiveState } from "../../context/live";

/** Keeps what is shown up to date with the events of orders. */
export function FollowOrders() {
  useLiveOrders();
  return null;
}

/** The state of the live updates. */
export function Live({ className = "" }: { className?: string }) {
  const { t } = useTranslation("layout");
  const state = useLiveState();
  if (state === "off") return null;
  const live = state === "live";
  return (
    <span
      title={live ? t("live.liveText") : t("live.notLiveText")}
      className={`inline-flex min-w-0 items-center gap-1.5 text-xs font-normal tracking-normal text-muted ${className}`}
    >
      <span className={`size-2 shrink-0 rounded-full ${live ? "bg-green-text" : "animate-pulse bg-amber-fill"}`} aria-hidden="true" />
      <span className="truncate">
        {live ? t("live.live") : t(state === "connecting" ? "live.connecting" : "live.reconnecting")}
      </span>
    </span>
  );
}

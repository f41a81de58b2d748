import { useTranslation } from "react-i18next";
import { ErrorView } from "../../components/ErrorView";
import { Card } from "../../components/Page";
import { SkeletonRows } from "../../components/Skeleton";
import { formatTime } from "../../services/format";
import { statuses, useTimeline } from "../../services/orders";
import { useMe } from "../../services/users";
import type { Event } from "../../types/orders";

/** What happened to an order, oldest first. */
export function Timeline({ id }: { id: string }) {
  const { t } = useTranslation();
  const timeline = useTimeline(id);
  const me = useMe();
  const describe = useDescription();
  const by = (user: number | null) => {
    if (user === null) return "";
    return ` ${user === me.data?.id ? t("orders.byYou") : t("orders.byUser", { id: user })}`;
  };
  return (
    <Card title={t("orders.timeline")} className="overflow-hidden">
      {timeline.isPending && <SkeletonRows rows={2} label={t("orders.loadingTimeline")} />}
      {timeline.isError && !timeline.data && (
        <ErrorView error={timeline.error} onRetry={() => void timeline.refetch()} />
      )}
      {timeline.data && (
        <ol aria-label={t("orders.timeline")} className="px-4 py-5 sm:px-5">
          {timeline.data.map((event) => (
            <li key={event.id} className="group relative pb-5 pl-6 last:pb-0">
              <span className="absolute top-3 -bottom-1 left-[5px] w-px bg-line group-last:hidden" />
              <span className="absolute top-1.5 left-0 size-[11px] rounded-full border-2 border-link bg-surface group-last:bg-link" />
              <p className="text-sm break-words">{describe(event)}</p>
              <p className="mt-0.5 text-xs text-muted">
                {formatTime(event.created_at)}
                {by(event.user_id)}
              </p>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

/** Says what happened in one's own language; the server's words are English. */
function useDescription() {
  const { t } = useTranslation();
  const name = (value: string | null) => {
    const status = statuses.find((one) => one === value);
    return status ? t(`status.${status}`) : (value ?? "");
  };
  return (event: Event) => {
    switch (event.event_type) {
      case "created":
        return t("orders.event.created");
      case "status_changed":
        return t("orders.event.status", { from: name(event.old_value), to: name(event.new_value) });
      case "imported":
        return t("orders.event.imported");
      case "updated":
        return t("admin.buyerChanged", { from: event.old_value, to: event.new_value });
      case "deleted":
        return t("orders.event.deleted");
      default:
        return event.description || t("orders.event.updated");
    }
  };
}

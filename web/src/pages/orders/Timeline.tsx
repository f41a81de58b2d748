import { useTranslation } from "react-i18next";
import { ErrorView } from "../../components/ErrorView";
import { Card } from "../../components/Page";
import { SkeletonRows } from "../../components/Skeleton";
import { formatTime } from "../../services/format";
import { statuses, useTimeline } from "../../services/orders";
import { useIsAdmin, useMe, useNames, useNaming } from "../../services/users";
import type { Event } from "../../types/orders";

/** What happened to an order, oldest first. */
export function Timeline({ id }: { id: string }) {
  const { t } = useTranslation("orders");
  const timeline = useTimeline(id);
  const me = useMe().data?.id;
  const isAdmin = useIsAdmin();
  const names = useNames((timeline.data ?? []).flatMap(peopleIn));
  const describe = useDescription(useNaming(names));
  const by = (id: number | null) => {
    if (id === null) return "";
    if (id === me) return ` ${t("byYou")}`;
    if (!isAdmin) return ` ${t("byOther")}`;
    const name = names[id];
    return ` ${name === undefined ? t("byUser", { id }) : t("byName", { name })}`;
  };
  return (
    <Card title={t("timeline")} className="overflow-hidden">
      {timeline.isPending && <SkeletonRows rows={2} label={t("loadingTimeline")} />}
      {timeline.isError && !timeline.data && (
        <ErrorView error={timeline.error} onRetry={() => void timeline.refetch()} />
      )}
      {timeline.data && (
        <ol aria-label={t("timeline")} className="px-4 py-5 sm:px-5">
          {timeline.data.map((event) => (
            <li key={event.id} className="group relative pb-5 pl-6 last:pb-0">
              <span className="absolute top-3 -bottom-1 left-[5px] w-px bg-line group-last:hidden" />
              <span className="absolute top-1.5 left-0 size-[11px] rounded-full border-2 border-link bg-surface group-last:bg-link" />
              <p className="text-sm break-words">{describe(event)}</p>
              <p className="mt-0.5 text-xs break-words text-muted">
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

/** The id of a buyer in an event. */
const buyer = (value: string | null) => (value !== null && /^[1-9]\d{0,14}$/.test(value) ? Number(value) : undefined);

/** The users that an event mentions. */
const peopleIn = ({ user_id, event_type, old_value, new_value }: Event) =>
  [user_id, ...(event_type === "updated" ? [buyer(old_value), buyer(new_value)] : [])].flatMap((id) => id ?? []);

/** Describes events in the language of the console. */
function useDescription(call: (id: number) => string) {
  const { t } = useTranslation("orders");
  const person = (value: string | null) => {
    const id = buyer(value);
    // Isolated, so that names written from right to left do not swap places around the arrow.
    return `\u2068${id === undefined ? (value ?? "") : call(id)}\u2069`;
  };
  const name = (value: string | null) => {
    const status = statuses.find((one) => one === value);
    return status ? t(`status.${status}`) : (value ?? "");
  };
  return (event: Event) => {
    switch (event.event_type) {
      case "created":
        return t("event.created");
      case "status_changed":
        return t("event.status", { from: name(event.old_value), to: name(event.new_value) });
      case "imported":
        return t("event.imported");
      case "updated":
        return t("buyerChanged", { from: person(event.old_value), to: person(event.new_value) });
      case "deleted":
        return t("event.deleted");
      default:
        return event.description || t("event.updated");
    }
  };
}

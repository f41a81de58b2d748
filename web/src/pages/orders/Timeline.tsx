import { ErrorView } from "../../components/ErrorView";
import { Card } from "../../components/Page";
import { SkeletonRows } from "../../components/Skeleton";
import { formatTime } from "../../services/format";
import { useTimeline } from "../../services/orders";
import { useMe } from "../../services/users";

/** What happened to an order, oldest first. */
export function Timeline({ id }: { id: string }) {
  const timeline = useTimeline(id);
  const me = useMe();
  const by = (user: number | null) => {
    if (user === null) return "";
    return user === me.data?.id ? " by you" : ` by user ${user}`;
  };
  return (
    <Card className="overflow-hidden">
      <h2 className="border-b border-line bg-sunken px-4 py-2.5 text-xs font-medium text-muted sm:px-5">Timeline</h2>
      {timeline.isPending && <SkeletonRows rows={2} label="Loading the timeline" />}
      {timeline.isError && !timeline.data && (
        <ErrorView error={timeline.error} onRetry={() => void timeline.refetch()} />
      )}
      {timeline.data && (
        <ol className="px-4 py-5 sm:px-5">
          {timeline.data.map((event) => (
            <li key={event.id} className="group relative pb-5 pl-6 last:pb-0">
              <span className="absolute top-3 bottom-0 left-[5px] w-px bg-line group-last:hidden" />
              <span className="absolute top-1.5 left-0 size-[11px] rounded-full border-2 border-link bg-surface" />
              <p className="text-sm break-words">{event.description}</p>
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

import { useState } from "react";
import { useLocation, useSearchParams } from "react-router";
import { z } from "zod/mini";
import { Button, ButtonLink } from "../../components/Button";
import { EmptyState } from "../../components/EmptyState";
import { ErrorView } from "../../components/ErrorView";
import { BoxIcon, LeftIcon, PlusIcon, RightIcon } from "../../components/icons";
import { Card, Page } from "../../components/Page";
import { SkeletonRows } from "../../components/Skeleton";
import { useOrders } from "../../services/orders";
import { useMe } from "../../services/users";
import type { Order } from "../../types/orders";
import { CancelOrder } from "./CancelOrder";
import { OrdersTable } from "./OrdersTable";

// A cursor knows only what comes after it, so the way back is kept beside it:
// the cursors of the pages before, "" being the first.
const trailState = z.object({ trail: z.array(z.string()) });

export function Orders() {
  const [search] = useSearchParams();
  const location = useLocation();
  const [cancelling, setCancelling] = useState<Order>();
  const cursor = search.get("cursor") ?? undefined;
  const orders = useOrders(cursor);
  const me = useMe();

  const trail = trailState.safeParse(location.state).data?.trail ?? (cursor === undefined ? [] : [""]);
  const before = trail.at(-1);
  const next = orders.isPlaceholderData ? undefined : orders.data?.next;

  return (
    <Page
      title="Orders"
      actions={
        <ButtonLink to="/app/new-order" look="primary">
          <PlusIcon /> Place order
        </ButtonLink>
      }
    >
      <Card className="relative overflow-hidden">
        {orders.isPlaceholderData && <div className="absolute inset-x-0 top-0 h-0.5 animate-pulse bg-accent" />}
        {orders.isPending && <SkeletonRows rows={6} label="Loading orders" />}
        {orders.isError && <ErrorView error={orders.error} onRetry={() => void orders.refetch()} />}
        {orders.data?.orders.length === 0 && cursor === undefined && (
          <EmptyState icon={<BoxIcon className="size-6" />} title="No orders yet" text="What you order shows up here.">
            <ButtonLink to="/app/new-order">Place your first order</ButtonLink>
          </EmptyState>
        )}
        {orders.data?.orders.length === 0 && cursor !== undefined && (
          <EmptyState icon={<BoxIcon className="size-6" />} title="No more orders" text="There is nothing on this page." />
        )}
        {orders.data && orders.data.orders.length > 0 && (
          <OrdersTable
            orders={orders.data.orders}
            showBuyer={me.data?.role === "admin"}
            stale={orders.isPlaceholderData}
            onCancel={setCancelling}
          />
        )}
      </Card>

      {orders.data && (orders.data.orders.length > 0 || before !== undefined) && (
        <nav aria-label="Pages" className="mt-4 flex items-center justify-between gap-2">
          <p className="text-sm text-muted">{orders.data.total} {orders.data.total === "1" ? "order" : "orders"}</p>
          <div className="flex gap-2">
            <PageLink to={before} trail={trail.slice(0, -1)}>
              <LeftIcon /> Newer
            </PageLink>
            <PageLink to={next} trail={[...trail, cursor ?? ""]}>
              Older <RightIcon />
            </PageLink>
          </div>
        </nav>
      )}

      {cancelling && <CancelOrder order={cancelling} onClose={() => setCancelling(undefined)} />}
    </Page>
  );
}

interface PageLinkProps {
  /** The cursor of the page, "" for the first; undefined when there is none. */
  to: string | undefined;
  trail: string[];
  children: React.ReactNode;
}

function PageLink({ to, trail, children }: PageLinkProps) {
  if (to === undefined) return <Button disabled>{children}</Button>;
  const search = to === "" ? "" : `?${new URLSearchParams({ cursor: to }).toString()}`;
  return (
    <ButtonLink to={{ search }} state={{ trail }}>
      {children}
    </ButtonLink>
  );
}

import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { Alert } from "../../components/Alert";
import { Button, IconButton } from "../../components/Button";
import { type Column, DataTable } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { ErrorView } from "../../components/ErrorView";
import { TrashIcon, WebhookIcon } from "../../components/icons";
import { useListState } from "../../components/listState";
import { Card, Page } from "../../components/Page";
import { SkeletonRows } from "../../components/Skeleton";
import { Tabs } from "../../components/Tabs";
import { formatTime, shortId } from "../../services/format";
import { ApiError } from "../../services/problem";
import { eventTypes, useDeliveries, useEndpoints } from "../../services/webhooks";
import type { Delivery, Endpoint } from "../../types/orders";
import { DeliveryBadge, DeliveryDialog, LastAnswer, Redeliver } from "./Deliveries";
import { EndpointBadge, useTrouble } from "./State";
import { useWebhookTest } from "./webhookTest";

const DeleteWebhook = lazy(async () => ({ default: (await import("./DeleteWebhook")).DeleteWebhook }));
const TestWebhook = lazy(async () => ({ default: (await import("./TestWebhook")).TestWebhook }));

export function WebhookDetails() {
  const { t } = useTranslation("webhooks");
  const go = useNavigate();
  const { id = "" } = useParams();
  const endpoints = useEndpoints();
  const endpoint = endpoints.data?.rows.find((one) => String(one.id) === id);
  const test = useWebhookTest();
  const trouble = useTrouble();
  const [deleting, setDeleting] = useState(false);
  const missing = endpoints.data && !endpoint ? new ApiError(404, t("missing")) : undefined;
  return (
    <Page
      title={t("one")}
      parent={{ to: "/app/webhooks", name: t("title") }}
      heading={endpoint ? <span className="font-mono text-base break-all sm:text-lg">{endpoint.url}</span> : t("one")}
      subtitle={endpoint && <Summary endpoint={endpoint} />}
      actions={
        endpoint && (
          <>
            <Button busy={test.sending.isPending} onClick={() => test.start(endpoint)}>
              {t("test")}
            </Button>
            {!endpoint.from_environment && (
              <IconButton label={t("delete")} look="secondary" onClick={() => setDeleting(true)}>
                <TrashIcon />
              </IconButton>
            )}
          </>
        )
      }
    >
      {endpoints.isPending && (
        <Card>
          <SkeletonRows rows={4} label={t("loading")} />
        </Card>
      )}
      {(missing ?? (endpoints.isError && !endpoints.data)) && (
        <Card>
          <ErrorView error={missing ?? endpoints.error} onRetry={() => void endpoints.refetch()} />
        </Card>
      )}
      {endpoint && trouble(endpoint) && (
        <div className="mb-5">
          <Alert kind="error">
            <p>{trouble(endpoint)}</p>
            {!endpoint.enabled && <p>{t("disabledText")}</p>}
          </Alert>
        </div>
      )}
      {endpoint && <Deliveries endpoint={endpoint} />}
      <Suspense>
        {test.endpoint && <TestWebhook test={test} endpoint={test.endpoint} />}
        {deleting && endpoint && (
          <DeleteWebhook endpoint={endpoint} onClose={() => setDeleting(false)} onDeleted={() => void go("/app/webhooks")} />
        )}
      </Suspense>
    </Page>
  );
}

function Summary({ endpoint }: { endpoint: Endpoint }) {
  const { t } = useTranslation("webhooks");
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <EndpointBadge endpoint={endpoint} />
      <span>{endpoint.events.length >= eventTypes.length ? t("everyEvent") : endpoint.events.join(", ")}</span>
      {endpoint.from_environment && <span>{t("fromEnvironmentLong")}</span>}
    </span>
  );
}

function Deliveries({ endpoint }: { endpoint: Endpoint }) {
  const { t } = useTranslation("webhooks");
  const { search, cursor, to } = useListState();
  const parked = search.get("parked") === "true";
  const query = useDeliveries(endpoint.id, { cursor, parked: parked || undefined });
  const [shown, setShown] = useState<Delivery>();
  const columns = useColumns(setShown);
  return (
    <>
      <DataTable
        name="deliveries"
        caption={t("deliveries")}
        loading={t("loadingDeliveries")}
        columns={columns}
        rowId={(delivery) => delivery.id}
        query={query}
        filtered={parked}
        tabs={
          <Tabs
            label={t("deliveries")}
            tabs={[
              { name: t("allDeliveries"), to: to({ parked: undefined }), active: !parked },
              { name: t("parkedDeliveries"), to: to({ parked: "true" }), active: parked },
            ]}
          />
        }
        empty={
          <EmptyState icon={<WebhookIcon className="size-6" />} title={t("noDeliveries")} text={t("noDeliveriesText")} />
        }
      />
      <Suspense>
        {shown && (
          <DeliveryDialog
            delivery={query.data?.rows.find(({ id }) => id === shown.id) ?? shown}
            onClose={() => setShown(undefined)}
          />
        )}
      </Suspense>
    </>
  );
}

function useColumns(onShow: (delivery: Delivery) => void) {
  const { t, i18n } = useTranslation("webhooks");
  const { language } = i18n;
  return useMemo<Column<Delivery>[]>(
    () => [
      {
        id: "event",
        name: t("eventColumn"),
        main: true,
        cell: (delivery) => (
          <div className="min-w-0 py-1">
            <button
              type="button"
              aria-label={t("show", { type: delivery.type, id: delivery.order_id })}
              onClick={() => onShow(delivery)}
              className="block min-h-6 text-left font-mono text-[0.8125rem] font-medium text-link hover:underline"
            >
              {delivery.type}
            </button>
            <span className="block text-xs text-muted">
              {formatTime(delivery.created_at)}
              <span className="md:hidden"> · {shortId(delivery.order_id)}</span>
            </span>
          </div>
        ),
      },
      {
        id: "order",
        name: t("order"),
        from: "md",
        cell: ({ order_id }) => (
          <Link to={`/app/orders/${order_id}`} title={order_id} className="font-mono text-[0.8125rem] whitespace-nowrap text-muted hover:text-ink hover:underline">
            {shortId(order_id)}
          </Link>
        ),
      },
      {
        id: "state",
        name: t("state"),
        cell: (delivery) => (
          <>
            <DeliveryBadge delivery={delivery} />
            {delivery.next_try !== null && delivery.attempts > 0 && (
              <span className="mt-1 block text-xs text-muted">{t("nextAt", { time: formatTime(delivery.next_try) })}</span>
            )}
          </>
        ),
      },
      {
        id: "answer",
        name: t("lastAnswer"),
        from: "md",
        cell: ({ code, ms }) => (
          <span className="whitespace-nowrap text-muted tabular-nums">
            <LastAnswer code={code} ms={ms} />
          </span>
        ),
      },
      {
        id: "attempts",
        name: t("attemptsColumn"),
        from: "lg",
        align: "right",
        cell: ({ attempts }) => <span className="text-muted tabular-nums">{attempts}</span>,
      },
      {
        id: "actions",
        name: t("common.actions"),
        quiet: true,
        align: "right",
        from: "md",
        cell: (delivery) => (
          <Redeliver delivery={delivery} name={t("redeliverOne", { type: delivery.type, id: delivery.order_id })} />
        ),
      },
    ],
    // The language decides the names and how times are written.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, language, onShow],
  );
}

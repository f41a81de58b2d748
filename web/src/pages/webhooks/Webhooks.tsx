import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Button, IconButton } from "../../components/Button";
import { type Column, DataTable } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { DotsIcon, PlusIcon, WebhookIcon } from "../../components/icons";
import { Menu, MenuItem, MenuLine } from "../../components/Menu";
import { Page } from "../../components/Page";
import { formatDay } from "../../services/format";
import { eventTypes, useEndpoints } from "../../services/webhooks";
import type { Endpoint } from "../../types/orders";
import { EndpointBadge, useTrouble } from "./State";
import { useWebhookTest } from "./webhookTest";

const DeleteWebhook = lazy(async () => ({ default: (await import("./DeleteWebhook")).DeleteWebhook }));
const TestWebhook = lazy(async () => ({ default: (await import("./TestWebhook")).TestWebhook }));
const NewWebhook = lazy(async () => ({ default: (await import("./NewWebhook")).NewWebhook }));

const SecretDialog = lazy(async () => ({ default: (await import("../../components/SecretDialog")).SecretDialog }));

type Open = { what: "new" } | { what: "secret"; url: string; secret: string } | { what: "delete"; endpoint: Endpoint };

export function Webhooks() {
  const { t } = useTranslation("webhooks");
  const query = useEndpoints();
  const [open, setOpen] = useState<Open>();
  const test = useWebhookTest();
  const close = () => setOpen(undefined);
  const columns = useColumns(test.start, (endpoint) => setOpen({ what: "delete", endpoint }));
  const add = (
    <Button look="primary" onClick={() => setOpen({ what: "new" })}>
      <PlusIcon /> {t("new")}
    </Button>
  );
  return (
    <Page title={t("title")} subtitle={t("subtitle")} actions={add}>
      <DataTable
        name="webhooks"
        caption={t("title")}
        loading={t("loading")}
        columns={columns}
        rowId={(endpoint) => String(endpoint.id)}
        query={query}
        filtered={false}
        empty={
          <EmptyState icon={<WebhookIcon className="size-6" />} title={t("empty")} text={t("emptyText")}>
            <Button onClick={() => setOpen({ what: "new" })}>{t("addFirst")}</Button>
          </EmptyState>
        }
      />
      <Suspense>
        {open?.what === "new" && (
          <NewWebhook onClose={close} onCreated={({ url, secret }) => setOpen({ what: "secret", url, secret })} />
        )}
      {open?.what === "secret" && (
        <SecretDialog
          title={t("secretTitle")}
          text={t("secretText", { url: open.url })}
          secret={open.secret}
          onClose={close}
        />
      )}
      {open?.what === "delete" && <DeleteWebhook endpoint={open.endpoint} onClose={close} />}
        {test.endpoint && <TestWebhook test={test} endpoint={test.endpoint} />}
      </Suspense>
    </Page>
  );
}

function useColumns(onTest: (endpoint: Endpoint) => void, onDelete: (endpoint: Endpoint) => void) {
  const { t, i18n } = useTranslation("webhooks");
  const go = useNavigate();
  const trouble = useTrouble();
  const { language } = i18n;
  return useMemo<Column<Endpoint>[]>(
    () => [
      {
        id: "url",
        name: t("url"),
        main: true,
        cell: (endpoint) => (
          <div className="min-w-0 py-1">
            <Link
              to={`/app/webhooks/${endpoint.id}`}
              className="line-clamp-2 font-mono text-[0.8125rem] font-medium break-all text-link hover:underline"
            >
              {endpoint.url}
            </Link>
            <span className="mt-0.5 block text-xs text-muted">
              {endpoint.events.length >= eventTypes.length ? t("everyEvent") : endpoint.events.join(", ")}
              {endpoint.from_environment && ` · ${t("fromEnvironment")}`}
            </span>
          </div>
        ),
      },
      {
        id: "state",
        name: t("state"),
        cell: (endpoint) => (
          <div className="max-w-64">
            <EndpointBadge endpoint={endpoint} />
            {trouble(endpoint) && <span className="mt-1 block text-xs break-words text-muted max-md:hidden">{trouble(endpoint)}</span>}
          </div>
        ),
      },
      {
        id: "created",
        name: t("since"),
        from: "lg",
        cell: (endpoint) => <span className="whitespace-nowrap text-muted">{formatDay(endpoint.created_at)}</span>,
      },
      {
        id: "actions",
        name: t("common.actions"),
        quiet: true,
        align: "right",
        cell: (endpoint) => (
          <Menu
            trigger={
              <IconButton label={t("common.tableActions", { name: endpoint.url })} size="tiny">
                <DotsIcon />
              </IconButton>
            }
          >
            <MenuItem onSelect={() => onTest(endpoint)}>{t("test")}</MenuItem>
            <MenuItem onSelect={() => void go(`/app/webhooks/${endpoint.id}`)}>{t("deliveries")}</MenuItem>
            {!endpoint.from_environment && (
              <>
                <MenuLine />
                <MenuItem danger onSelect={() => onDelete(endpoint)}>
                  {t("delete")}
                </MenuItem>
              </>
            )}
          </Menu>
        ),
      },
    ],
    // The language decides the names and how times are written.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, language],
  );
}

import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Card, Page } from "../../components/Page";
import { SkeletonRows } from "../../components/Skeleton";

const OrderForm = lazy(async () => ({ default: (await import("./OrderForm")).OrderForm }));

export function NewOrder() {
  const { t } = useTranslation("orders");
  return (
    <Page title={t("newOrder.title")} subtitle={t("newOrder.subtitle")} parent={{ to: "/app/orders", name: t("title") }}>
      <Suspense
        fallback={
          <Card>
            <SkeletonRows rows={4} label={t("common.loading")} />
          </Card>
        }
      >
        <OrderForm />
      </Suspense>
    </Page>
  );
}

import { useTranslation } from "react-i18next";
import { ButtonLink } from "../../components/Button";
import { Page } from "../../components/Page";

export function NotFound() {
  const { t } = useTranslation("layout");
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col items-center justify-center px-4 py-10 text-center">
      <p className="mb-2 font-mono text-sm font-medium text-muted">{404}</p>
      <Page title={t("errors.noPage")}>
        <p className="-mt-3 mb-6 text-pretty text-muted">{t("errors.noPageText")}</p>
        <ButtonLink to="/app/orders" look="primary">
          {t("errors.goOrders")}
        </ButtonLink>
      </Page>
    </main>
  );
}

import { useTranslation } from "react-i18next";
import { ErrorAlert } from "../../components/Alert";
import { Button, IconButton } from "../../components/Button";
import { CloseIcon } from "../../components/icons";
import { Progress } from "../../components/Progress";
import { type Export, stopExport, useExport, useExports } from "../../services/files";
import { formatSize } from "../../services/format";

/** The exports in progress, above every page. */
export function ExportPanel() {
  return (
    <div className="fixed inset-x-4 bottom-4 z-30 space-y-2 sm:right-auto sm:w-80 lg:left-64">
      {useExports().map((one) => (
        <One key={one.kind} {...one} />
      ))}
    </div>
  );
}

function One({ kind, received, error }: Export) {
  const { t } = useTranslation("files");
  const start = useExport();
  const name = t(`exporting.${kind}`);
  const stop = () => stopExport(kind);
  return (
    <section aria-label={name} className="animate-rise rounded-lg bg-raised p-3.5 text-sm shadow-pop">
      <div className="mb-2 flex items-center justify-between gap-3">
        <p role="status" className="font-medium">
          {name}
        </p>
        {error === undefined ? (
          <Button look="quiet" size="small" className="-my-1 -mr-1.5" onClick={stop}>
            {t("common.cancel")}
          </Button>
        ) : (
          <IconButton label={t("common.close")} size="tiny" className="-my-1 -mr-1.5" onClick={stop}>
            <CloseIcon />
          </IconButton>
        )}
      </div>
      {error === undefined ? (
        <>
          <Progress label={name} share={undefined} />
          <p className="mt-2 text-muted tabular-nums">{t("received", { size: formatSize(received) })}</p>
        </>
      ) : (
        <ErrorAlert error={error} onRetry={() => void start(kind)} />
      )}
    </section>
  );
}

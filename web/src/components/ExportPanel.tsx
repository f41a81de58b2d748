import { useTranslation } from "react-i18next";
import { type Export, stopExport, useExport } from "../services/files";
import { formatSize } from "../services/format";
import { ErrorAlert } from "./Alert";
import { Button, IconButton } from "./Button";
import { CloseIcon } from "./icons";
import { Progress } from "./Progress";

/** The exports that are under way, above every page. */
export function ExportPanel({ exports }: { exports: readonly Export[] }) {
  return (
    <div className="fixed inset-x-4 bottom-4 z-30 space-y-2 sm:right-auto sm:w-80 lg:left-64">
      {exports.map((one) => (
        <One key={one.kind} {...one} />
      ))}
    </div>
  );
}

function One({ kind, received, error }: Export) {
  const { t } = useTranslation();
  const start = useExport();
  const name = t(`files.exporting.${kind}`);
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
          <p className="mt-2 text-muted tabular-nums">{t("files.received", { size: formatSize(received) })}</p>
        </>
      ) : (
        <ErrorAlert error={error} onRetry={() => void start(kind)} />
      )}
    </section>
  );
}

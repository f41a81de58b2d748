import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { withTexts } from "../i18n";
import { type FileKind, useExport, useExports } from "../services/files";
import { record } from "../services/read";
import { Button, IconButton } from "./Button";
import { DotsIcon, ExportIcon, ImportIcon } from "./icons";
import { Menu, MenuItem } from "./Menu";

const ImportDialog = lazy(async () => ({ default: (await withTexts(import("./ImportDialog"))).ImportDialog }));

/** The way in and out of a list, as a file. */
export function FileActions({ kind, canImport }: { kind: FileKind; canImport: boolean }) {
  const { t } = useTranslation();
  const start = useExport();
  const busy = useExports().some((one) => one.kind === kind && one.error === undefined);
  const navigate = useNavigate();
  const location = useLocation();
  const asked = record(location.state).open === "import"; // the command palette does
  const [opened, setOpened] = useState(false);
  const close = () => {
    setOpened(false);
    if (asked) void navigate({ search: location.search }, { replace: true });
  };
  const exportButton = (
    <Button busy={busy} onClick={() => void start(kind)}>
      {!busy && <ExportIcon />} {t("admin.export")}
    </Button>
  );
  if (!canImport) return exportButton;
  return (
    <>
      <div className="flex gap-2 max-sm:hidden">
        <Button onClick={() => setOpened(true)}>
          <ImportIcon /> {t("admin.import")}
        </Button>
        {exportButton}
      </div>
      <div className="order-last sm:hidden">
        <Menu
          trigger={
            <IconButton label={t("admin.both")} look="secondary">
              <DotsIcon />
            </IconButton>
          }
        >
          <MenuItem icon={<ImportIcon />} onSelect={() => setOpened(true)}>
            {t("admin.import")}
          </MenuItem>
          <MenuItem icon={<ExportIcon />} onSelect={() => void start(kind)}>
            {t("admin.export")}
          </MenuItem>
        </Menu>
      </div>
      {(opened || asked) && (
        <Suspense>
          <ImportDialog kind={kind} onClose={close} />
        </Suspense>
      )}
    </>
  );
}

import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { Button, IconButton } from "../../components/Button";
import { DotsIcon, ExportIcon, ImportIcon } from "../../components/icons";
import { Menu, MenuItem } from "../../components/Menu";
import { type FileKind, useExport, useExports } from "../../services/files";
import { record } from "../../services/read";
import { useIsAdmin } from "../../services/users";

const ImportDialog = lazy(async () => ({ default: (await import("./ImportDialog")).ImportDialog }));

/** Imports and exports a list as a file. */
export function FileActions({ kind }: { kind: FileKind }) {
  const { t } = useTranslation("files");
  const isAdmin = useIsAdmin();
  const start = useExport();
  const busy = useExports().some((one) => one.kind === kind && one.error === undefined);
  const navigate = useNavigate();
  const location = useLocation();
  const asked = record(location.state).open === "import"; // by the command palette
  const [opened, setOpened] = useState(false);
  const close = () => {
    setOpened(false);
    if (asked) void navigate({ search: location.search }, { replace: true });
  };
  const exportButton = (
    <Button busy={busy} onClick={() => void start(kind)}>
      {!busy && <ExportIcon />} {t("export")}
    </Button>
  );
  if (!isAdmin) return exportButton;
  return (
    <>
      <div className="flex gap-2 max-sm:hidden">
        <Button onClick={() => setOpened(true)}>
          <ImportIcon /> {t("import")}
        </Button>
        {exportButton}
      </div>
      <div className="order-last sm:hidden">
        <Menu
          trigger={
            <IconButton label={t("both")} look="secondary">
              <DotsIcon />
            </IconButton>
          }
        >
          <MenuItem icon={<ImportIcon />} onSelect={() => setOpened(true)}>
            {t("import")}
          </MenuItem>
          <MenuItem icon={<ExportIcon />} onSelect={() => void start(kind)}>
            {t("export")}
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

import { useTranslation } from "react-i18next";
import { Button } from "../../components/Button";
import { CopyButton } from "../../components/CopyButton";
import { Dialog, DialogActions } from "../../components/Dialog";

/** Shows a password that nobody can look up again. */
export function TempPassword({ email, password, onClose }: { email: string; password: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("users.tempTitle")} text={t("users.tempText", { email })} onClose={onClose}>
      <div className="flex items-center gap-2">
        <code className="min-w-0 flex-1 rounded-lg bg-sunken px-3 py-2 font-mono text-sm break-all select-all">{password}</code>
        <CopyButton text={password} label={t("common.copy")} words />
      </div>
      <DialogActions>
        <Button look="primary" onClick={onClose}>
          {t("users.tempDone")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

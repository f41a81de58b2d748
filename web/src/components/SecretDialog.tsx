import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { CopyButton } from "./CopyButton";
import { Dialog, DialogActions } from "./Dialog";

interface SecretDialogProps {
  title: string;
  text: string;
  secret: string;
  onClose: () => void;
}

/** Shows a secret that cannot be looked up later. */
export function SecretDialog({ title, text, secret, onClose }: SecretDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={title} text={text} onClose={onClose}>
      <div className="flex items-center gap-2">
        <code className="min-w-0 flex-1 rounded-lg bg-sunken px-3 py-2 font-mono text-sm break-all select-all">{secret}</code>
        <CopyButton text={secret} label={t("common.copy")} words />
      </div>
      <DialogActions>
        <Button look="primary" onClick={onClose}>
          {t("common.haveCopied")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

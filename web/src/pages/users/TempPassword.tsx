import { useTranslation } from "react-i18next";
import { SecretDialog } from "../../components/SecretDialog";

/** Shows a temporary password, once. */
export function TempPassword({ email, password, onClose }: { email: string; password: string; onClose: () => void }) {
  const { t } = useTranslation("users");
  return (
    <SecretDialog title={t("tempTitle")} text={t("tempText", { email })} secret={password} onClose={onClose} />
  );
}

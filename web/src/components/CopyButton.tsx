import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "./Button";
import { CheckIcon, CopyIcon } from "./icons";

/** Copies a text; with a caption where that is the main action. */
export function CopyButton({ text, label, words = false }: { text: string; label: string; words?: boolean }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => void copyText(text).then(setCopied);
  const icon = copied ? <CheckIcon className="text-green-text" /> : <CopyIcon />;
  return (
    <>
      {words ? (
        <Button onClick={copy}>
          {icon} {copied ? t("common.copied") : t("common.copy")}
        </Button>
      ) : (
        <IconButton label={label} size="tiny" onClick={copy}>
          {icon}
        </IconButton>
      )}
      <span role="status" className="sr-only">
        {copied && t("common.copied")}
      </span>
    </>
  );
}

/** The clipboard is available only over HTTPS and on localhost. */
async function copyText(text: string): Promise<boolean> {
  if (!("clipboard" in navigator)) return false;
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}

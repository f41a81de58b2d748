import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { say, withTranslator } from "../i18n";

const Sentence = lazy(() => withTranslator({ default: ({ text }: { text: string }) => say(text) }));

/** What a service says, in the language that is spoken. */
export function Said({ text }: { text: string }) {
  const { i18n } = useTranslation();
  if (i18n.language === "en") return text;
  return (
    <Suspense>
      <Sentence text={text} />
    </Suspense>
  );
}

import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { say, withTexts } from "../i18n";

const Loaded = lazy(() => withTexts(Promise.resolve({ default: Sentence }), "server"));

function Sentence({ text }: { text: string }) {
  useTranslation(); // it is said anew when the language changes
  return say(text);
}

/** What a service says, in the language that is spoken. */
export function Said({ text }: { text: string }) {
  return (
    <Suspense>
      <Loaded text={text} />
    </Suspense>
  );
}

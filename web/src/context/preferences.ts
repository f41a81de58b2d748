import { useCallback, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { changePreferences, type Preferences, preferencesStore } from "../services/preferences";
import { useToast } from "./toasts";

export function usePreferences(): Preferences {
  return useSyncExternalStore(preferencesStore.subscribe, preferencesStore.get);
}

/** A function that changes preferences, and says so when the server could not save them. */
export function useChangePreferences() {
  const { t } = useTranslation();
  const toast = useToast();
  return useCallback(
    (change: Partial<Preferences>) => {
      changePreferences(change).catch(() => toast(t("common.notSaved"), "error"));
    },
    [t, toast],
  );
}

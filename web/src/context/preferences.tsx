import { useCallback, useEffect, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { changePreferences, type Preferences, preferencesStore } from "../services/preferences";
import { useMe } from "../services/users";
import { useToast } from "./toasts";

export function usePreferences(): Preferences {
  return useSyncExternalStore(preferencesStore.subscribe, preferencesStore.get);
}

/** A function that changes preferences, and tells when the server did not keep them. */
export function useChangePreferences() {
  const { t } = useTranslation();
  const toast = useToast();
  return useCallback(
    (change: Partial<Preferences>) => {
      changePreferences(change).catch(() => toast(t("settings.notSaved"), "error"));
    },
    [t, toast],
  );
}

/** Has the console look and speak as whoever has signed in wants it. */
export function useOwnPreferences() {
  const preferences = useMe().data?.preferences;
  useEffect(() => {
    if (preferences) void preferencesStore.adopt(preferences);
  }, [preferences]);
}

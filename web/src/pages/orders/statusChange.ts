import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useToast } from "../../context/toasts";
import { shortId } from "../../services/format";
import { type Status, useChangeStatus } from "../../services/orders";
import { asApiError } from "../../services/problem";
import type { Order } from "../../types/orders";

export interface StatusChange {
  /** Makes the change, or asks first if it cannot be undone. */
  ask: (order: Order, status: Status) => void;
  asked: { order: Order; status: Status } | undefined;
  confirm: () => void;
  close: () => void;
  isPending: boolean;
  error: unknown;
}

const needsConsent: Status[] = ["cancelled", "completed", "pending"];

export function useStatusChange(): StatusChange {
  const { t } = useTranslation("orders");
  const toast = useToast();
  const { mutate, reset, isPending, error } = useChangeStatus();
  const [asked, setAsked] = useState<{ order: Order; status: Status }>();

  const change = useCallback(
    (order: Order, status: Status, onError?: (error: unknown) => void) =>
      mutate(
        { id: order.id, status },
        {
          onSuccess: () => {
            setAsked(undefined);
            const id = shortId(order.id);
            toast(
              status === "cancelled"
                ? t("cancelled", { id })
                : t("statusChanged", { id, status: t(`status.${status}`) }),
            );
            // The element that opened the dialog may be gone.
            document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
          },
          onError: (problem) => onError?.(problem),
        },
      ),
    [mutate, t, toast],
  );

  const ask = useCallback(
    (order: Order, status: Status) => {
      reset();
      if (needsConsent.includes(status)) setAsked({ order, status });
      else change(order, status, (problem) => toast(asApiError(problem).message, "error"));
    },
    [change, reset, toast],
  );

  return {
    ask,
    asked,
    confirm: () => {
      if (asked) change(asked.order, asked.status);
    },
    close: () => setAsked(undefined),
    isPending,
    error,
  };
}

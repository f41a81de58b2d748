import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import i18n from "i18next";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod/mini";
import { ErrorAlert } from "../../components/Alert";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { TextField } from "../../components/Field";
import { showServerErrors } from "../../components/serverErrors";
import { useToast } from "../../context/toasts";
import { formatCount } from "../../services/format";
import { keyKeeper } from "../../services/idempotency";
import { useAdjustItem } from "../../services/inventory";
import type { Item } from "../../types/inventory";

const needDelta = { error: () => i18n.t("inventory:needDelta") };
const adjustment = z.object({
  delta: z.int(needDelta).check(
    z.refine((delta) => delta !== 0, needDelta),
    z.gte(-1_000_000_000, needDelta),
    z.lte(1_000_000_000, needDelta),
  ),
  reason: z
    .string()
    .check(
      z.trim(),
      z.minLength(1, { error: () => i18n.t("inventory:needReason") }),
      z.maxLength(200, { error: () => i18n.t("fields.tooLong", { count: 200 }) }),
    ),
});
const fields = z.keyof(adjustment);

/** Adds to the stock of an item or takes from it, with a reason. */
export function AdjustItem({ item, onClose }: { item: Item; onClose: () => void }) {
  const { t } = useTranslation("inventory");
  const toast = useToast();
  const adjust = useAdjustItem();
  const [keyFor] = useState(keyKeeper);
  const form = useForm({ resolver: standardSchemaResolver(adjustment), defaultValues: { delta: Number.NaN, reason: "" } });
  const { errors } = form.formState;
  const delta = useWatch({ control: form.control, name: "delta" });
  const after = item.qty + (Number.isInteger(delta) ? delta : 0);
  const submit = form.handleSubmit((body) =>
    adjust.mutate(
      { id: item.id, key: keyFor(body), body },
      {
        onSuccess: (now) => {
          toast(t("adjusted", { sku: now.sku, count: formatCount(now.qty) }));
          onClose();
        },
        onError: (error) => showServerErrors(error, (path) => fields.safeParse(path).data, form.setError),
      },
    ),
  );
  return (
    <Dialog title={t("adjustOf", { sku: item.sku })} text={t("adjustText")} onClose={onClose}>
      <form noValidate onSubmit={submit} className="space-y-4">
        {adjust.error && Object.keys(errors).length === 0 && <ErrorAlert error={adjust.error} onRetry={submit} />}
        <TextField
          label={t("delta")}
          type="number"
          step={1}
          hint={t("deltaHint", { count: item.qty, replace: { count: formatCount(item.qty) } })}
          error={errors.delta?.message}
          {...form.register("delta", { valueAsNumber: true })}
        />
        <TextField
          label={t("reason")}
          hint={t("reasonHint")}
          autoComplete="off"
          error={errors.reason?.message}
          {...form.register("reason")}
        />
        <p aria-live="polite" className={`text-sm font-medium tabular-nums ${after < 0 ? "text-danger" : ""}`}>
          {after < 0
            ? t("below")
            : t("after", { count: after, replace: { count: formatCount(after) } })}
        </p>
        <DialogActions>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" look="primary" busy={adjust.isPending}>
            {t("adjust")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

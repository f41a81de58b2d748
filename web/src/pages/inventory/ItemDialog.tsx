import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import i18n from "i18next";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod/mini";
import { Alert, ErrorAlert } from "../../components/Alert";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { ErrorView } from "../../components/ErrorView";
import { TextField } from "../../components/Field";
import { showServerErrors } from "../../components/serverErrors";
import { SkeletonRows } from "../../components/Skeleton";
import { useToast } from "../../context/toasts";
import { useChangeItem, useCreateItem, useItem } from "../../services/inventory";
import { asApiError } from "../../services/problem";
import type { Item } from "../../types/inventory";

const needWhole = { error: () => i18n.t("inventory:needWhole") };
const count = z.int(needWhole).check(z.gte(0, needWhole), z.lte(1_000_000_000, needWhole));
// People may type a decimal comma.
const withPoint = z.overwrite((amount: string) => amount.replace(",", "."));
const details = z.object({
  sku: z
    .string()
    .check(z.trim(), z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error: () => i18n.t("inventory:needSku") })),
  name: z.string().check(z.trim(), z.maxLength(200, { error: () => i18n.t("fields.tooLong", { count: 200 }) })),
  price: z
    .string()
    .check(z.trim(), withPoint, z.regex(/^(\d{1,10}(\.\d{1,2})?)?$/, { error: () => i18n.t("inventory:badPrice") })),
  qty: count,
  reorder_level: count,
});
type Details = z.infer<typeof details>;
const fields = z.keyof(details);

/** Creates an item, or changes the one with this id. */
export function ItemDialog({ id, onClose }: { id?: number; onClose: () => void }) {
  const { t } = useTranslation("inventory");
  const item = useItem(id ?? 0);
  if (id === undefined) {
    return (
      <Dialog title={t("newTitle")} onClose={onClose}>
        <ItemForm onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog title={t("editOf", { sku: item.data?.item.sku ?? "" })} onClose={onClose}>
      {item.isPending && <SkeletonRows rows={3} label={t("loadingOne")} />}
      {item.isError && !item.data && <ErrorView error={item.error} onRetry={() => void item.refetch()} />}
      {item.data && (
        <ItemForm
          item={item.data.item}
          etag={item.data.etag}
          readAgain={async () => (await item.refetch()).data}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

interface ItemFormProps {
  item?: Item;
  etag?: string | undefined;
  readAgain?: () => Promise<{ item: Item; etag: string | undefined } | undefined>;
  onClose: () => void;
}

const valuesOf = (item: Item): Details => ({
  sku: item.sku,
  name: item.name,
  price: item.price === null ? "" : String(item.price),
  qty: item.qty,
  reorder_level: item.reorder_level,
});

function ItemForm({ item, etag, readAgain, onClose }: ItemFormProps) {
  const { t } = useTranslation("inventory");
  const toast = useToast();
  const create = useCreateItem();
  const change = useChangeItem();
  // The version that the form was opened with: a save names it, so that it never overwrites a newer one.
  const [base, setBase] = useState({ item, etag });
  const [changed, setChanged] = useState<(keyof Details)[]>([]); // by someone else, in the meantime
  const form = useForm<Details>({
    resolver: standardSchemaResolver(details),
    defaultValues: item ? valuesOf(item) : { sku: "", name: "", price: "", qty: 0, reorder_level: 20 },
  });
  const { errors } = form.formState;
  const busy = create.isPending || change.isPending;
  const failed = create.error ?? change.error;
  const done = (saved: Item) => {
    toast(base.item ? t("saved", { sku: saved.sku }) : t("created_toast", { sku: saved.sku }));
    onClose();
  };
  const showConflict = async () => {
    const now = await readAgain?.();
    if (!now || now.etag === base.etag) return; // a conflict about something else
    const before = base.item && valuesOf(base.item);
    const theirs = valuesOf(now.item);
    const typed = form.getValues();
    setBase(now);
    setChanged(fields.options.filter((field) => theirs[field] !== before?.[field]));
    for (const field of fields.options) {
      if (typed[field] === before?.[field]) form.setValue(field, theirs[field]);
      // Input stays, and the field shows the value it would replace.
      else if (theirs[field] !== before?.[field] && theirs[field] !== typed[field]) {
        form.setError(field, { message: t("theirs", { value: theirs[field] === "" ? t("common.none") : theirs[field] }) });
      }
    }
  };
  const onError = (error: unknown) => {
    showServerErrors(error, (path) => fields.safeParse(path).data, form.setError);
    if (asApiError(error).status === 409 && base.item) void showConflict();
  };

  const submit = form.handleSubmit((values) => {
    setChanged([]);
    const { item } = base;
    if (!item) {
      const { price, ...rest } = values;
      create.mutate(price === "" ? rest : { ...rest, price }, { onSuccess: done, onError });
      return;
    }
    // Only what was changed: orders may change the stock while the name is edited.
    const before = valuesOf(item);
    const body = {
      ...(values.sku !== before.sku && { sku: values.sku }),
      ...(values.name !== before.name && { name: values.name }),
      ...(values.price !== before.price && { price: values.price === "" ? null : values.price }),
      ...(values.qty !== before.qty && { qty: values.qty }),
      ...(values.reorder_level !== before.reorder_level && { reorder_level: values.reorder_level }),
    };
    if (Object.keys(body).length === 0) {
      onClose();
      return;
    }
    change.mutate({ id: item.id, etag: base.etag, body }, { onSuccess: done, onError });
  });

  const labels: Record<keyof Details, string> = {
    sku: t("sku"),
    name: t("name"),
    price: t("price"),
    qty: item ? t("available") : t("qty"),
    reorder_level: t("reorder"),
  };
  const number = { type: "number", inputMode: "numeric", min: 0, step: 1 } as const;
  return (
    <form noValidate onSubmit={submit} className="space-y-4">
      {changed.length > 0 && (
        <Alert kind="error">{t("conflict", { fields: changed.map((field) => labels[field]).join(", ") })}</Alert>
      )}
      {failed && changed.length === 0 && Object.keys(errors).length === 0 && <ErrorAlert error={failed} onRetry={submit} />}
      <TextField
        label={labels.sku}
        hint={t("skuHint")}
        autoComplete="off"
        className="font-mono"
        error={errors.sku?.message}
        {...form.register("sku")}
      />
      <TextField label={labels.name} optional autoComplete="off" error={errors.name?.message} {...form.register("name")} />
      <div className="grid grid-cols-2 gap-4">
        <TextField
          label={labels.qty}
          error={errors.qty?.message}
          {...number}
          {...form.register("qty", { valueAsNumber: true })}
        />
        <TextField
          label={labels.reorder_level}
          error={errors.reorder_level?.message}
          {...number}
          {...form.register("reorder_level", { valueAsNumber: true })}
        />
      </div>
      <TextField
        label={labels.price}
        optional
        inputMode="decimal"
        autoComplete="off"
        hint={t("priceHint")}
        error={errors.price?.message}
        {...form.register("price")}
      />
      <DialogActions>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button type="submit" look="primary" busy={busy}>
          {item ? t("common.save") : t("create")}
        </Button>
      </DialogActions>
    </form>
  );
}

import { useState } from "react";
import { useFieldArray, useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { ErrorAlert } from "../../components/Alert";
import { Button, ButtonLink, IconButton } from "../../components/Button";
import { CloseIcon } from "../../components/icons";
import { Card } from "../../components/Page";
import { schemaResolver } from "../../components/schemaResolver";
import { showServerErrors } from "../../components/serverErrors";
import { useToast } from "../../context/toasts";
import { formatMoney, inCents, shortId } from "../../services/format";
import { keyKeeper } from "../../services/idempotency";
import { usePlaceOrder } from "../../services/orders";
import { text } from "../../services/read";
import { useIsAdmin } from "../../services/users";
import type { User } from "../../types/users";
import { lineField } from "./lineField";
import type { NewOrderForm } from "./newOrderForm";
import { OrderLine } from "./OrderLine";
import { BuyerPicker, ItemPicker } from "./pickers";

const resolver = schemaResolver<NewOrderForm>(async () => (await import("./newOrderForm")).newOrder);

/** The form of a new order. */
export function OrderForm() {
  const { t } = useTranslation("orders");
  const navigate = useNavigate();
  const toast = useToast();
  const isAdmin = useIsAdmin();
  const place = usePlaceOrder();
  const [buyer, setBuyer] = useState<User>();
  const [keyFor] = useState(keyKeeper);
  const [unplaced, setUnplaced] = useState(true);
  const form = useForm<NewOrderForm>({ resolver, defaultValues: { items: [] } });
  const lines = useFieldArray({ control: form.control, name: "items" });
  const items = useWatch({ control: form.control, name: "items" });
  const { errors } = form.formState;
  const cents = items.reduce((sum, item) => sum + (inCents(item.price) * (item.quantity || 0) || 0), 0);

  const submit = form.handleSubmit(({ items }) => {
    // Lines carry the price the user saw: if it has changed, the order is refused.
    const body = {
      items: items.map(({ sku, quantity, price }) => ({ sku, quantity, price })),
      ...(buyer ? { user_id: buyer.id } : {}),
    };
    place.mutate(
      { key: keyFor(body), body },
      {
        onSuccess: (order) => {
          toast(t("newOrder.placed", { id: shortId(order.id) }));
          void navigate(`/app/orders/${order.id}`, { replace: true });
        },
        onError: (error) => {
          const shown = showServerErrors(error, (path) => lineField(path, items.length), form.setError);
          setUnplaced(!shown.all);
          for (const { location, value } of shown.placed) {
            const price = text(value);
            const index = /^body\.items\[(\d+)\]\.price$/.exec(location)?.[1];
            // The value of a refused price is the current one.
            if (index !== undefined && price !== undefined && !isAdmin) form.setValue(`items.${Number(index)}.price`, price);
          }
        },
      },
    );
  });

  return (
      <form noValidate onSubmit={submit} className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0 space-y-5">
          {place.error && unplaced && <ErrorAlert error={place.error} onRetry={submit} />}
          <Card title={t("newOrder.lines")}>
            <div className="p-4 sm:p-5">
              <ItemPicker
                chosen={items.map((item) => item.sku)}
                namesPrices={isAdmin}
                error={errors.items?.root?.message ?? errors.items?.message}
                onPick={(item) => {
                  form.clearErrors("items");
                  lines.append(
                    {
                      sku: item.sku,
                      name: item.name,
                      price: item.price === null ? "" : String(item.price),
                      available: item.qty,
                      quantity: 1,
                    },
                    { shouldFocus: false },
                  );
                }}
              />
            </div>
            {lines.fields.length > 0 ? (
              <ul className="divide-y divide-line border-t border-line" aria-label={t("newOrder.lines")}>
                {lines.fields.map((field, index) => (
                  <OrderLine
                    key={field.id}
                    line={items[index] ?? field}
                    quantity={form.register(`items.${index}.quantity`, {
                      valueAsNumber: true,
                      onChange: () => form.clearErrors(`items.${index}.quantity`),
                    })}
                    price={
                      isAdmin
                        ? form.register(`items.${index}.price`, {
                            onChange: () => form.clearErrors(`items.${index}.price`),
                          })
                        : undefined
                    }
                    errors={errors.items?.[index]}
                    onRemove={() => lines.remove(index)}
                  />
                ))}
              </ul>
            ) : (
              <p className="border-t border-line px-4 py-8 text-center text-sm text-muted sm:px-5">{t("newOrder.empty")}</p>
            )}
          </Card>
        </div>
        <div className="space-y-5 lg:sticky lg:top-8">
          {isAdmin && (
            <Card className="p-4 sm:p-5">
              {buyer ? (
                <div className="flex items-center justify-between gap-3">
                  <div className="min-w-0">
                    <p className="text-sm font-medium">{t("newOrder.buyer")}</p>
                    <p className="truncate text-sm">{buyer.name}</p>
                    <p className="truncate text-xs text-muted">{buyer.email}</p>
                  </div>
                  <IconButton label={t("newOrder.remove", { sku: buyer.name })} onClick={() => setBuyer(undefined)}>
                    <CloseIcon />
                  </IconButton>
                </div>
              ) : (
                <BuyerPicker onPick={setBuyer} />
              )}
            </Card>
          )}
          <Card title={t("newOrder.summary")}>
            <div className="flex items-baseline justify-between px-4 py-4 sm:px-5">
              <span className="text-sm text-muted">
                {t("newOrder.total")} · {t("newOrder.lineCount", { count: items.length })}
              </span>
              <output className="text-xl font-semibold tabular-nums">{formatMoney(cents / 100)}</output>
            </div>
            <div className="flex flex-col gap-2 px-4 pb-4 sm:px-5 sm:pb-5">
              <Button type="submit" look="primary" busy={place.isPending}>
                {t("newOrder.place")}
              </Button>
              <ButtonLink to="/app/orders" look="quiet">
                {t("newOrder.back")}
              </ButtonLink>
            </div>
          </Card>
        </div>
      </form>
  );
}

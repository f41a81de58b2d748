import { useId } from "react";
import type { FieldErrors, UseFormRegisterReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../components/Button";
import { fieldLook } from "../../components/Field";
import { CloseIcon } from "../../components/icons";
import { formatCount, formatMoney, inCents } from "../../services/format";
import type { NewOrderForm } from "./newOrderForm";

type Line = NewOrderForm["items"][number];

interface OrderLineProps {
  line: Line;
  quantity: UseFormRegisterReturn;
  /** For those who may name a price. */
  price: UseFormRegisterReturn | undefined;
  errors: FieldErrors<Line> | undefined;
  onRemove: () => void;
}

/** One line of a new order. */
export function OrderLine({ line, quantity, price, errors, onRemove }: OrderLineProps) {
  const { t } = useTranslation("orders");
  const id = useId();
  const problems = [errors?.sku?.message, errors?.price?.message, errors?.quantity?.message].filter(Boolean);
  const about = problems.length > 0 ? `${id}-error` : undefined;
  return (
    <li className="px-4 py-3 sm:px-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-40">
          <p className="truncate text-sm font-medium">{line.name || line.sku}</p>
          <p className="truncate text-xs text-muted">
            <span className="font-mono">{line.sku}</span>
            {!price && <> · {t("newOrder.each", { price: formatMoney(line.price) })}</>} ·{" "}
            {t("newOrder.left", { count: line.available, replace: { count: formatCount(line.available) } })}
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-2 max-sm:w-full">
          {price && (
            <input
              inputMode="decimal"
              aria-label={t("newOrder.priceOf", { sku: line.sku })}
              aria-invalid={errors?.price !== undefined}
              aria-describedby={about}
              autoComplete="off"
              className={`${fieldLook} w-24! text-right tabular-nums`}
              {...price}
            />
          )}
          {price && (
            <span className="text-muted" aria-hidden="true">
              ×
            </span>
          )}
          <input
            type="number"
            inputMode="numeric"
            min={1}
            max={10_000}
            step={1}
            aria-label={t("newOrder.quantityOf", { sku: line.sku })}
            aria-invalid={errors?.quantity !== undefined || errors?.sku !== undefined}
            aria-describedby={about}
            className={`${fieldLook} w-20! text-right tabular-nums`}
            {...quantity}
          />
          <div className="flex flex-1 items-center gap-2">
            <p className="min-w-20 flex-1 text-right text-sm font-medium tabular-nums">
              {formatMoney((inCents(line.price) * (line.quantity || 0) || 0) / 100)}
            </p>
            <IconButton label={t("newOrder.remove", { sku: line.sku })} size="tiny" className="-mr-2" onClick={onRemove}>
              <CloseIcon />
            </IconButton>
          </div>
        </div>
      </div>
      {problems.length > 0 && (
        <p id={`${id}-error`} role="alert" className="mt-2 text-sm text-danger">
          {problems.join(" ")}
        </p>
      )}
    </li>
  );
}

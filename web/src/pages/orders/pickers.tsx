import { useTranslation } from "react-i18next";
import { Combobox } from "../../components/Combobox";
import { formatCount, formatMoney } from "../../services/format";
import { useItems } from "../../services/inventory";
import { useUsers } from "../../services/users";
import type { Item } from "../../types/inventory";
import type { User } from "../../types/users";

interface ItemPickerProps {
  /** The SKUs already in the order. */
  chosen: string[];
  /** Whether an item without a price can be ordered, because the caller may name one. */
  namesPrices: boolean;
  onPick: (item: Item) => void;
  error: string | undefined;
}

const useItemOptions = (text: string, open: boolean) => useItems({ q: text || undefined, limit: 20 }, open);
const useUserOptions = (text: string, open: boolean) => useUsers({ q: text || undefined, limit: 20 }, open);

/** Finds items in the catalogue, with their stock and price. */
export function ItemPicker({ chosen, namesPrices, onPick, error }: ItemPickerProps) {
  const { t } = useTranslation("orders");
  return (
    <Combobox<Item>
      label={t("newOrder.add")}
      placeholder={t("newOrder.addHint")}
      listLabel={t("newOrder.items")}
      useOptions={useItemOptions}
      optionKey={(item) => item.id}
      obstacle={(item) => {
        if (chosen.includes(item.sku)) return t("newOrder.chosen");
        if (item.price === null && !namesPrices) return t("newOrder.noPrice");
        if (item.qty === 0) return t("newOrder.outOfStock");
        return undefined;
      }}
      nothing={(text) => (text ? t("newOrder.noItem", { text }) : t("newOrder.noItems"))}
      onPick={onPick}
      error={error}
      render={(item, reason) => (
        <>
          <span className="min-w-0">
            <span className="block truncate font-medium">{item.name || item.sku}</span>
            <span className="block truncate font-mono text-xs text-muted">{item.sku}</span>
          </span>
          <span className="shrink-0 text-right">
            <span className="block tabular-nums">{item.price === null ? "–" : formatMoney(item.price)}</span>
            <span className="block text-xs text-muted">
              {reason ?? t("newOrder.left", { count: item.qty, replace: { count: formatCount(item.qty) } })}
            </span>
          </span>
        </>
      )}
    />
  );
}

interface BuyerPickerProps {
  label?: string;
  hint?: string;
  /** The present buyer. */
  not?: number;
  onPick: (user: User) => void;
}

/** Finds the buyer of an order; for administrators. */
export function BuyerPicker({ label, hint, not, onPick }: BuyerPickerProps) {
  const { t } = useTranslation("orders");
  return (
    <Combobox<User>
      label={label ?? t("newOrder.buyer")}
      hint={hint ?? t("newOrder.buyerHint")}
      placeholder={t("newOrder.search")}
      listLabel={t("newOrder.users")}
      useOptions={useUserOptions}
      optionKey={(user) => user.id}
      obstacle={(user) => {
        if (user.id === not) return t("newOrder.chosen");
        return user.is_active ? undefined : t("newOrder.inactive");
      }}
      nothing={(text) => t("newOrder.noUser", { text })}
      onPick={onPick}
      render={(user, reason) => (
        <>
          <span className="min-w-0">
            <span className="block truncate font-medium">{user.name}</span>
            <span className="block truncate text-xs text-muted">{user.email}</span>
          </span>
          <span className="shrink-0 text-xs text-muted">{reason}</span>
        </>
      )}
    />
  );
}

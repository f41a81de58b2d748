import { useTranslation } from "react-i18next";
import { Badge } from "../../components/Badge";
import { formatCount } from "../../services/format";
import type { Item } from "../../types/inventory";

/** Available and allocated stock as shares of the total. */
export function StockBar({ item }: { item: Item }) {
  const { t } = useTranslation("inventory");
  const all = Math.max(item.qty + item.allocated, item.reorder_level, 1);
  const low = item.qty < item.reorder_level;
  const part = (count: number) => (count / all) * 100;
  const label = t("stockBar", {
    qty: formatCount(item.qty),
    allocated: formatCount(item.allocated),
    level: formatCount(item.reorder_level),
  });
  return (
    <svg role="img" aria-label={label} viewBox="0 0 100 6" preserveAspectRatio="none" className="h-1.5 w-full min-w-28 rounded-full">
      <title>{label}</title>
      <rect width="100" height="6" className="fill-line" />
      <rect width={part(item.qty)} height="6" className={low ? "fill-amber-fill" : "fill-accent"} />
      <rect x={part(item.qty)} width={part(item.allocated)} height="6" className="fill-field opacity-60" />
      <rect x={Math.min(part(item.reorder_level), 99.4)} width="0.8" height="6" className="fill-ink" />
    </svg>
  );
}

export function StockBadge({ item }: { item: Item }) {
  const { t } = useTranslation("inventory");
  if (item.qty === 0) return <Badge colour="red">{t("out")}</Badge>;
  if (item.qty < item.reorder_level) return <Badge colour="amber">{t("lowBadge")}</Badge>;
  return <Badge colour="green">{t("ok")}</Badge>;
}

import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Name } from "../../components/Name";
import { formatChange, formatCount, formatTime, shortId } from "../../services/format";
import { useNames, useNaming } from "../../services/users";
import type { Movement } from "../../types/inventory";

const known = ["initial", "set", "reserved", "released", "imported", "deleted"] as const;

/** Every change of an item's stock, newest first. */
export function Ledger({ movements, stale }: { movements: Movement[]; stale: boolean }) {
  const { t } = useTranslation("inventory");
  const nameOf = useNaming(useNames(movements.flatMap(({ user_id }) => user_id ?? [])));
  const reason = (movement: Movement) => {
    const word = known.find((one) => one === movement.reason);
    return word ? t(`reasons.${word}`) : movement.reason;
  };
  const head = "px-3 py-2 font-medium first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5";
  const cell = "px-3 py-2.5 first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5";
  return (
    <table className="w-full text-left text-sm" aria-busy={stale}>
      <caption className="sr-only">{t("ledgerCaption")}</caption>
      <thead className="border-b border-line bg-sunken/60 text-xs text-muted">
        <tr>
          <th scope="col" className={head}>
            {t("why")}
          </th>
          <th scope="col" className={`${head} text-right`}>
            {t("change")}
          </th>
          <th scope="col" className={`${head} text-right`}>
            {t("afterwards")}
          </th>
          <th scope="col" className={`${head} max-md:hidden`}>
            {t("by")}
          </th>
          <th scope="col" className={`${head} max-sm:hidden`}>
            {t("when")}
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {movements.map((movement) => (
          <tr key={movement.id}>
            <th scope="row" className={`${cell} font-normal wrap-anywhere`}>
              {reason(movement)}
              {movement.order_id !== undefined && (
                <Link
                  to={`/app/orders/${movement.order_id}`}
                  className="font-mono max-sm:block sm:ml-2 text-xs whitespace-nowrap text-link hover:underline"
                >
                  {shortId(movement.order_id)}
                </Link>
              )}
              <span className="block text-xs text-muted sm:hidden">{formatTime(movement.created_at)}</span>
            </th>
            <td
              className={`${cell} text-right font-medium tabular-nums ${movement.delta < 0 ? "text-danger" : "text-green-text"}`}
            >
              {formatChange(movement.delta)}
            </td>
            <td className={`${cell} text-right tabular-nums`}>{formatCount(movement.qty_after)}</td>
            <td className={`${cell} text-muted max-md:hidden`}>
              <span className="block max-w-40 truncate">
                {movement.user_id === undefined ? "–" : <Name of={nameOf(movement.user_id)} />}
              </span>
            </td>
            <td className={`${cell} whitespace-nowrap text-muted max-sm:hidden`}>{formatTime(movement.created_at)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

import { useTranslation } from "react-i18next";
import { type Names, useMe } from "../services/users";

/** A function that says what somebody is called; by number, while the name is not known or when the user is gone. */
export function useNaming(names: Names) {
  const { t } = useTranslation();
  const me = useMe().data?.id;
  return (id: number) => (id === me ? t("orders.you") : (names[id] ?? t("orders.user", { id })));
}

/** Somebody, by name. Whatever stands around it may cut a long one off; the title has it in full. */
export function Person({ id, names }: { id: number; names: Names }) {
  const name = useNaming(names)(id);
  return <bdi title={name}>{name}</bdi>;
}

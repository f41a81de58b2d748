import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../components/Badge";
import { Button, IconButton } from "../../components/Button";
import { type Column, DataTable } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { SelectField } from "../../components/Field";
import { DotsIcon, PlusIcon, UsersIcon } from "../../components/icons";
import { useListState } from "../../components/listState";
import { Menu, MenuItem, MenuLine } from "../../components/Menu";
import { Page } from "../../components/Page";
import { Filters, SearchBox } from "../../components/Toolbar";
import { formatDay } from "../../services/format";
import { oneOf } from "../../services/read";
import { useMe, useUsers } from "../../services/users";
import type { User } from "../../types/users";
import { type Asked, AskAboutUser } from "./AskAboutUser";
import { TempPassword } from "./TempPassword";

const UserDialog = lazy(async () => ({ default: (await import("./UserDialog")).UserDialog }));

type Open =
  | { what: "new" }
  | { what: "edit"; user: User }
  | { what: "ask"; asked: Asked }
  | { what: "password"; email: string; password: string };

export function Users({ fileActions }: { fileActions: ReactNode }) {
  const { t } = useTranslation("users");
  const { search, cursor, change } = useListState();
  const q = search.get("q")?.slice(0, 254);
  const role = oneOf(["user", "admin"], search.get("role"));
  const is_active = oneOf(["true", "false"], search.get("is_active"));
  const query = useUsers({ q, role, is_active: is_active && is_active === "true", cursor });
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const columns = useColumns(setOpen);
  const showPassword = (email: string, password: string) => setOpen({ what: "password", email, password });
  return (
    <Page
      title={t("title")}
      subtitle={t("subtitle")}
      actions={
        <>
          {fileActions}
          <Button look="primary" onClick={() => setOpen({ what: "new" })}>
            <PlusIcon /> {t("new")}
          </Button>
        </>
      }
    >
      <DataTable
        name="users"
        caption={t("caption")}
        loading={t("loading")}
        columns={columns}
        rowId={(user) => String(user.id)}
        query={query}
        filtered={[...search.keys()].some((key) => key !== "cursor")}
        toolbar={
          <>
            <SearchBox label={t("search")} />
            <Filters names={["role", "is_active"]}>
              <SelectField label={t("role")} value={role ?? ""} onChange={(event) => change({ role: event.target.value })}>
                <option value="">{t("anyRole")}</option>
                <option value="user">{t("roles.user")}</option>
                <option value="admin">{t("roles.admin")}</option>
              </SelectField>
              <SelectField
                label={t("state")}
                value={is_active ?? ""}
                onChange={(event) => change({ is_active: event.target.value })}
              >
                <option value="">{t("anyState")}</option>
                <option value="true">{t("active")}</option>
                <option value="false">{t("inactive")}</option>
              </SelectField>
            </Filters>
          </>
        }
        empty={<EmptyState icon={<UsersIcon className="size-6" />} title={t("empty")} text={t("emptyText")} />}
      />
      <Suspense>
        {open?.what === "new" && <UserDialog onClose={close} onTempPassword={showPassword} />}
        {open?.what === "edit" && <UserDialog user={open.user} onClose={close} onTempPassword={showPassword} />}
      </Suspense>
      {open?.what === "ask" && <AskAboutUser {...open.asked} onClose={close} onTempPassword={showPassword} />}
      {open?.what === "password" && <TempPassword email={open.email} password={open.password} onClose={close} />}
    </Page>
  );
}

function useColumns(onOpen: (open: Open) => void) {
  const { t, i18n } = useTranslation("users");
  const me = useMe().data?.id;
  const { language } = i18n;
  return useMemo<Column<User>[]>(
    () => [
      {
        id: "name",
        name: t("name"),
        main: true,
        cell: (user) => (
          <div className="max-w-80 min-w-0">
            <span className="block truncate font-medium">
              {user.name}
              {user.id === me && <span className="font-normal text-muted"> ({t("common.you")})</span>}
            </span>
            <span className="block truncate text-xs text-muted">{user.email}</span>
          </div>
        ),
      },
      {
        id: "role",
        name: t("role"),
        from: "md",
        cell: ({ role }) => (
          <span className={role === "admin" ? "font-medium" : "text-muted"}>{t(`roles.${role}`)}</span>
        ),
      },
      {
        id: "state",
        name: t("state"),
        cell: (user) =>
          user.is_active ? (
            <Badge colour="green">{t("active")}</Badge>
          ) : (
            <Badge colour="gray">{t("inactive")}</Badge>
          ),
      },
      {
        id: "created",
        name: t("created"),
        from: "lg",
        cell: (user) => <span className="whitespace-nowrap text-muted">{formatDay(user.created_at)}</span>,
      },
      {
        id: "id",
        name: t("id"),
        from: "lg",
        align: "right",
        cell: (user) => <span className="text-muted tabular-nums">{user.id}</span>,
      },
      {
        id: "actions",
        name: t("common.actions"),
        quiet: true,
        align: "right",
        cell: (user) => {
          const ask = (what: Asked["what"]) => onOpen({ what: "ask", asked: { what, user } });
          return (
            <Menu
              trigger={
                <IconButton label={t("common.tableActions", { name: user.name })} size="tiny">
                  <DotsIcon />
                </IconButton>
              }
            >
              <MenuItem onSelect={() => onOpen({ what: "edit", user })}>{t("common.edit")}</MenuItem>
              <MenuItem onSelect={() => ask(user.role === "admin" ? "demote" : "promote")}>
                {user.role === "admin" ? t("makeUser") : t("makeAdmin")}
              </MenuItem>
              <MenuItem onSelect={() => ask("reset")}>{t("reset")}</MenuItem>
              <MenuItem onSelect={() => ask(user.is_active ? "deactivate" : "activate")}>
                {user.is_active ? t("deactivate") : t("activate")}
              </MenuItem>
              <MenuLine />
              <MenuItem danger onSelect={() => ask("delete")}>
                {t("delete")}
              </MenuItem>
            </Menu>
          );
        },
      },
    ],
    // The language decides the names and how times are written.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, language, me, onOpen],
  );
}

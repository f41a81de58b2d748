import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { BookIcon, DotsIcon, KeyboardIcon, SignOutIcon } from "../../components/icons";
import { Kbd } from "../../components/Kbd";
import { Menu, MenuItem, MenuLabel, MenuLine, MenuLink } from "../../components/Menu";
import { signOut } from "../../services/session";
import { useIsAdmin } from "../../services/users";
import type { User } from "../../types/users";
import { sectionsFor } from "./sections";

const entry =
  "flex min-h-9 w-full items-center gap-2.5 rounded-lg px-2.5 text-sm font-medium text-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-link";

export function Navigation() {
  const { t } = useTranslation("layout");
  const { pathname } = useLocation();
  const current = pathname === "/app/new-order" ? "/app/orders" : pathname.split("/", 3).join("/");
  return (
    <nav aria-label={t("nav.main")}>
      <ul className="space-y-0.5">
        {sectionsFor(useIsAdmin()).map(({ name, path, Icon }) => (
          <li key={path}>
            <Link to={path} aria-current={path === current ? "page" : undefined} className={entry}>
              <Icon /> {t(`nav.${name}`)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Person({ me }: { me: User }) {
  const { t } = useTranslation();
  return (
    <span className="flex min-w-0 flex-1 items-center gap-2.5 px-1 py-1 text-left">
      <span
        className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-link uppercase"
        aria-hidden="true"
      >
        {me.name.slice(0, 1)}
      </span>
      <span className="min-w-0">
        <span className="block truncate text-sm font-medium">{me.name}</span>
        <span className="block truncate text-xs text-muted">{me.role === "admin" ? t("roles.admin") : me.email}</span>
      </span>
    </span>
  );
}

/** The account in the menu of a phone. */
export function PhoneAccount({ me }: { me: User | undefined }) {
  const { t } = useTranslation("layout");
  return (
    <>
      {me && <Person me={me} />}
      <button type="button" onClick={signOut} className={entry}>
        <SignOutIcon /> {t("nav.signOut")}
      </button>
    </>
  );
}

const services = ["users", "orders", "inventory"];

export function Account({ me, onShortcuts }: { me: User; onShortcuts: () => void }) {
  const { t } = useTranslation("layout");
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          aria-label={t("nav.account", { name: me.name })}
          className="flex w-full items-center rounded-lg px-1 py-1 text-muted hover:bg-sunken hover:text-ink"
        >
          <Person me={me} />
          <DotsIcon className="mr-1" />
        </button>
      }
    >
      <MenuLabel>{me.email}</MenuLabel>
      <MenuItem icon={<KeyboardIcon />} end={<Kbd>?</Kbd>} onSelect={onShortcuts}>
        {t("nav.shortcuts")}
      </MenuItem>
      <MenuLine />
      {services.map((service) => (
        <MenuLink key={service} href={`/${service}/docs`} icon={<BookIcon />}>
          {t("nav.documentation", { service })}
        </MenuLink>
      ))}
      <MenuLine />
      <MenuItem icon={<SignOutIcon />} onSelect={signOut}>
        {t("nav.signOut")}
      </MenuItem>
    </Menu>
  );
}

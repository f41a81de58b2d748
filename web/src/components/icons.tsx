import type { ReactNode } from "react";

interface IconProps {
  className?: string;
}

function Icon({ className = "", children }: IconProps & { children: ReactNode }) {
  return (
    <svg
      viewBox="0 0 16 16"
      className={`size-4 shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

function icon(drawing: ReactNode) {
  return function Drawn(props: IconProps) {
    return <Icon {...props}>{drawing}</Icon>;
  };
}

export const BookIcon = icon(<path d="M8 4c-1.5-1-3.3-1.3-5.5-1.2v9.4C4.7 12.1 6.5 12.4 8 13.400c1.5-1 3.3-1.3 5.5-1.200V2.800C11.3 2.7 9.5 3 8 4zm0 0v9.4" />);
export const BoxIcon = icon(<path d="M2.5 5 8 2.5 13.5 5v6L8 13.5 2.5 11zM2.5 5 8 7.5 13.5 5M8 7.500v6" />);
export const CheckIcon = icon(<path d="m3 8.5 3.2 3L13 4.5" />);
export const CloseIcon = icon(<path d="m4 4 8 8m0-8-8 8" />);
export const ColumnsIcon = icon(<path d="M2.5 3.500h11v9h-11zM6.2 3.500v9m3.6-9v9" />);
export const CopyIcon = icon(<path d="M5.5 5.500h8v8h-8zM3.5 10.500h-1v-8h8v1" />);
export const DotsIcon = icon(<path strokeWidth="2.2" d="M3.5 8v.01M8 8v.01M12.5 8v.01" />);
export const DownIcon = icon(<path d="m4 6 4 4 4-4" />);
export const EditIcon = icon(<path d="M10.5 3.5 12.5 5.5 5.5 12.5 3 13l.5-2.500zM9 5l2 2" />);
export const FilterIcon = icon(<path d="M2 4h12M4.5 8h7M7 12h2" />);
export const KeyboardIcon = icon(<path d="M1.5 4.500h13v7.500h-13zM4 7v.01M6.7 7v.01M9.4 7v.01M12 7v.01M5 9.600h6" />);
export const KeyIcon = icon(<path d="M10 2.500a3.5 3.5 0 1 1-2.5 6L3 13H2.500v-2.500l4.3-4.300A3.5 3.5 0 0 1 10 2.500zM10.7 5.300v.01" />);
export const LeftIcon = icon(<path d="M10 3 5 8l5 5" />);
export const MenuIcon = icon(<path d="M2 4h12M2 8h12M2 12h12" />);
export const OrdersIcon = icon(<path d="M3.5 1.800v12.400l1.5-1 1.5 1 1.5-1 1.5 1 1.5-1 1.5 1V1.800l-1.5 1-1.5-1-1.5 1-1.5-1-1.5 1zM5.7 6h4.600M5.7 9h4.6" />);
export const PlusIcon = icon(<path d="M8 3v10M3 8h10" />);
export const RightIcon = icon(<path d="m6 3 5 5-5 5" />);
export const SearchIcon = icon(<path d="M7 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8zm3 7 3.5 3.5" />);
export const SettingsIcon = icon(<path d="M2 4.500h5.500m3.5 0h3M2 11.500h3m3.5 0H14M9.2 2.800a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.400zM6.8 9.800a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.400z" />);
export const SignOutIcon = icon(<path d="M6.5 2.500h-3v11h3M10 5l3 3-3 3m3-3H6.5" />);
export const SwapIcon = icon(<path d="M3 5.500h9.500L10 3M13 10.500H3.500L6 13" />);
export const TrashIcon = icon(<path d="M2.5 4.500h11M6 4.500V2.700h4v1.800M4 4.500l.6 8.800h6.800l.6-8.8" />);
export const ExportIcon = icon(<path d="M8 2.5v7.500m0 0L5 7m3 3 3-3M2.5 11v2.500h11V11" />);
export const ImportIcon = icon(<path d="M8 10V2.500m0 0L5 5.500m3-3 3 3M2.5 11v2.500h11V11" />);
export const WebhookIcon = icon(<path d="M5.2 9.800 7.3 6a2.300 2.300 0 1 1 2.900-1.200M8.7 5l2.100 3.800a2.300 2.300 0 1 1-.6 3.300M9 11.500H4.800a2.300 2.300 0 1 1-1.300-3" />);
export const UsersIcon = icon(<path d="M6 2.500a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM1.5 13.500c.2-2.8 1.8-4 4.5-4s4.3 1.2 4.5 4M10.5 2.800a2.3 2.3 0 0 1 0 4.400M12 9.800c1.5.4 2.4 1.6 2.5 3.7" />);
export const WarningIcon = icon(<path d="M8 2.2 14.4 13.500H1.600zM8 6.500v3M8 11.500v.01" />);

export const ChartIcon = icon(<path d="M2.5 2.500v11h11M5 10l3-3.500 2 2L13.5 4.500" />);
export const DashboardIcon = icon(<path d="M2.5 2.500h4.500v6h-4.500zM9.500 2.500h4v3.500h-4zM9.500 8.500h4v5h-4zM2.5 11h4.500v2.500h-4.500z" />);
export const TableIcon = icon(<path d="M2.5 3.500h11v9h-11zM2.5 6.500h11M2.5 9.500h11M7 6.500v6" />);

/** The logo. */
export const Brand = ({ className = "size-7" }: IconProps) => (
  <svg viewBox="0 0 32 32" className={`shrink-0 ${className}`} aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="#4f46e5" />
    <path
      d="M9 12.5 16 9l7 3.500v7L16 23l-7-3.500zM9 12.500l7 3.5 7-3.500M16 16v7"
      fill="none"
      stroke="#fff"
      strokeWidth="2"
      strokeLinejoin="round"
    />
  </svg>
);

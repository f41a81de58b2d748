import { cva } from "class-variance-authority";

const look = cva("inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-xs font-medium whitespace-nowrap", {
  variants: {
    colour: {
      amber: "bg-amber-soft text-amber-text",
      blue: "bg-blue-soft text-blue-text",
      violet: "bg-violet-soft text-violet-text",
      teal: "bg-teal-soft text-teal-text",
      green: "bg-green-soft text-green-text",
      gray: "bg-gray-soft text-gray-text",
      red: "bg-danger-soft text-danger",
    },
  },
});

export type Colour = "amber" | "blue" | "violet" | "teal" | "green" | "gray" | "red";

/** A word with a colour; the colour alone carries no meaning. */
export function Badge({ colour, children }: { colour: Colour; children: string }) {
  return (
    <span className={look({ colour })}>
      <span className="size-1.5 rounded-full bg-current opacity-70" />
      {children}
    </span>
  );
}

import i18n from "i18next";
import { z } from "zod/mini";

export const credentials = z.object({
  email: z.string().check(z.trim(), z.minLength(1, { error: () => i18n.t("session:needEmail") })),
  password: z.string().check(z.minLength(1, { error: () => i18n.t("fields.needPassword") })),
});

const tooLong = { error: () => i18n.t("fields.tooLong", { count: 200 }) };
export const registration = z.object({
  name: z.string().check(z.trim(), z.minLength(1, { error: () => i18n.t("fields.needName") }), z.maxLength(200, tooLong)),
  email: z.string().check(z.trim(), z.email({ error: () => i18n.t("fields.badEmail") })),
  password: z.string().check(z.minLength(8, { error: () => i18n.t("fields.shortPassword") }), z.maxLength(200, tooLong)),
});

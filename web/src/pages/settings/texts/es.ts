import type { Translation } from "../../../i18n";
import type en from "./en";

export default {
  title: "Ajustes",
  subtitle: "Te acompañan en cada dispositivo en el que inicies sesión.",
  appearance: "Apariencia",
  appearanceText: "Cómo se ve y habla la consola.",
  theme: "Tema",
  language: "Idioma",
  palette: "Colores de los gráficos",
  auto: "Automático",
  brand: "De la marca",
  safe: "Aptos para daltonismo",
  paletteHint: "Automático elige los colores aptos si el sistema pide más contraste.",
  forecast: "Previsión",
  forecastText: "Con qué empiezan los gráficos de ingresos.",
  password: "Contraseña",
  passwordText: "Tu sesión sigue abierta aquí.",
  current: "Contraseña actual",
  new: "Contraseña nueva",
  changePassword: "Cambiar contraseña",
  passwordChanged: "Tu contraseña ha cambiado.",
  profile: "Perfil",
  profileText: "Cómo te ven los demás.",
} satisfies Translation<typeof en>;

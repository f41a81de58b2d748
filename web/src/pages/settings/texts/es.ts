import type { Translation } from "../../../i18n";
import type en from "./en";

export default {
  title: "Ajustes",
  subtitle: "Tus ajustes te acompañan en todos los dispositivos en los que inicies sesión.",
  appearance: "Apariencia",
  appearanceText: "Tema, idioma y colores de la consola.",
  theme: "Tema",
  language: "Idioma",
  palette: "Colores de los gráficos",
  auto: "Automático",
  brand: "De la marca",
  safe: "Aptos para daltonismo",
  paletteHint: "Automático usa los colores aptos para daltonismo cuando el sistema pide más contraste.",
  forecast: "Previsión",
  forecastText: "Valores predeterminados de los gráficos de ingresos.",
  password: "Contraseña",
  passwordText: "Tu sesión seguirá abierta en este dispositivo.",
  current: "Contraseña actual",
  new: "Contraseña nueva",
  changePassword: "Cambiar contraseña",
  passwordChanged: "Se ha cambiado tu contraseña.",
  profile: "Perfil",
  profileText: "Cómo te ven los demás.",
} satisfies Translation<typeof en>;

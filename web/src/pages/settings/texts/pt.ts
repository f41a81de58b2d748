import type { Translation } from "../../../i18n";
import type en from "./en";

export default {
  title: "Configurações",
  subtitle: "Acompanham você em todo dispositivo em que entrar.",
  appearance: "Aparência",
  appearanceText: "Como o console se mostra e fala.",
  theme: "Tema",
  language: "Idioma",
  palette: "Cores dos gráficos",
  auto: "Automático",
  brand: "Da marca",
  safe: "Próprias para daltonismo",
  paletteHint: "Automático usa as cores próprias quando o sistema pede mais contraste.",
  forecast: "Previsão",
  forecastText: "Com o que os gráficos de receita começam.",
  password: "Senha",
  passwordText: "Você continua conectado aqui.",
  current: "Senha atual",
  new: "Senha nova",
  changePassword: "Alterar senha",
  passwordChanged: "Sua senha foi alterada.",
  profile: "Perfil",
  profileText: "Como os outros veem você.",
} satisfies Translation<typeof en>;

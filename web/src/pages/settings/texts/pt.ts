import type { Translation } from "../../../i18n";
import type en from "./en";

export default {
  title: "Configurações",
  subtitle: "Suas configurações acompanham você em todos os dispositivos em que entrar.",
  appearance: "Aparência",
  appearanceText: "Tema, idioma e cores do console.",
  theme: "Tema",
  language: "Idioma",
  palette: "Cores dos gráficos",
  auto: "Automático",
  brand: "Da marca",
  safe: "Próprias para daltonismo",
  paletteHint: "Automático usa as cores próprias para daltonismo quando o sistema pede mais contraste.",
  forecast: "Previsão",
  forecastText: "Valores padrão dos gráficos de receita.",
  password: "Senha",
  passwordText: "Você continua conectado neste dispositivo.",
  current: "Senha atual",
  new: "Senha nova",
  changePassword: "Alterar senha",
  passwordChanged: "Sua senha foi alterada.",
  profile: "Perfil",
  profileText: "Como os outros veem você.",
} satisfies Translation<typeof en>;

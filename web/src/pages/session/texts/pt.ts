import type { Translation } from "../../../i18n";
import type en from "./en";

export default {
  signIn: "Entrar",
  welcome: "Pedidos, estoque e usuários em um só lugar.",
  register: "Criar uma conta",
  registerButton: "Criar conta",
  newHere: "É a sua primeira vez aqui?",
  haveOne: "Já tem uma conta?",
  ended: "Sua sessão expirou. Entre de novo.",
  please: "Entre para continuar.",
  needEmail: "Digite o seu e-mail.",
  language: "Idioma",
} satisfies Translation<typeof en>;

import type { Translation } from "../../../i18n";
import type en from "./en";

export default {
  signIn: "Iniciar sesión",
  welcome: "Pedidos, existencias y usuarios en un solo lugar.",
  register: "Crear una cuenta",
  registerButton: "Crear cuenta",
  newHere: "¿Es tu primera vez aquí?",
  haveOne: "¿Ya tienes una cuenta?",
  ended: "Tu sesión ha caducado. Vuelve a iniciar sesión.",
  please: "Inicia sesión para continuar.",
  needEmail: "Escribe tu correo electrónico.",
  language: "Idioma",
} satisfies Translation<typeof en>;

export default {
  signIn: "Sign in",
  welcome: "Orders, stock and people in one place.",
  register: "Create an account",
  registerButton: "Create account",
  newHere: "New here?",
  haveOne: "Already have an account?",
  ended: "Your session has ended. Please sign in again.",
  please: "Please sign in to continue.",
  needEmail: "Enter your e-mail address.",
  language: "Language",
};

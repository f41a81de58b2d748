import { act, screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { type Language, languages, say, speak, withTranslator } from "..";
import { open } from "../../../test/open";
import { admin, bob, problem, server } from "../../../test/server";
import es from "./es.json";
import pt from "./pt.json";

async function listen(language: Language) {
  await speak(language);
  await withTranslator(undefined);
}

describe.each([
  ["es", es],
  ["pt", pt],
] as const)("the catalogue in %s", (language, catalogue) => {
  it("translates whatever is made from its formats", async () => {
    await listen(language);
    for (const [format, translation] of Object.entries(catalogue)) {
      if (format.startsWith(" ")) continue; // stands only behind another
      const values: string[] = [];
      const sentence = format.replace(/%(?:\.\d+)?([a-z])/g, (_verb, letter: string) => {
        const place = String(values.length + 1);
        values.push(letter === "q" ? `"x${place}"` : letter === "d" ? place : `X${place}`);
        return values.at(-1) ?? "";
      });
      expect(say(sentence), format).toBe(translation.replace(/{{(\d)(, \w+)?}}/g, (_gap, place: string) => values[Number(place) - 1] ?? ""));
    }
  });
});

describe("a sentence of a service", () => {
  it("keeps its values, whatever they hold", async () => {
    await listen("es");
    expect(say("The e-mail address $&.*(%d)%s@$1 is taken.")).toBe("La dirección de correo $&.*(%d)%s@$1 ya está en uso.");
    expect(say("There is no order A\nB{{1}}\\.")).toBe("No existe el pedido A\nB{{1}}\\.");
    expect(say("There is no order pending.")).toBe("No existe el pedido pending.");
    expect(say('Row 1: the column "a \\"b\\" %" is not known; the columns are sku, qty.')).toBe(
      'Fila 1: la columna "a \\"b\\" %" no se conoce; las columnas son sku, qty.',
    );
    expect(say("The stock of TEA-1 is 3; changing it by -5 would leave -2.")).toBe(
      "Las existencias de TEA-1 son 3; con un cambio de -5 quedarían -2.",
    );
  });

  it("says statuses and roles in the words of the console", async () => {
    await listen("es");
    expect(say("Order ORD-001 is shipped; from there it can become delivered, completed or cancelled, not pending.")).toBe(
      "El estado del pedido ORD-001 es «enviado»; de ahí puede pasar a entregado, completado o cancelado, no a pendiente.",
    );
    await listen("pt");
    expect(say("Order ORD-001 is completed, which is final.")).toBe("O status do pedido ORD-001 é “concluído”, que é definitivo.");
    expect(say("This is not open to your role (user).")).toBe("Isto não é permitido para a sua função (usuário).");
  });

  it("is found behind a place, before more, and inside another", async () => {
    await listen("pt");
    expect(say("body.items[0].quantity: expected number <= 10000. (2 more)")).toBe(
      "body.items[0].quantity: espera-se um número de no máximo 10000. (e mais 2)",
    );
    expect(say("header.Idempotency-Key: this key was used for another order.")).toBe(
      "header.Idempotency-Key: esta chave foi usada em outro pedido.",
    );
    expect(say("Given up after 15 attempts. The receiver answered 500.")).toBe("Abandonada após 15 tentativas. O receptor respondeu 500.");
    expect(say("Row 7: items_json[3].quantity: expected a whole number from 1 to 10000")).toBe(
      "Linha 7: items_json[3].quantity: espera-se um número inteiro de 1 a 10000",
    );
    expect(say("expected string to be an e-mail address such as bob@example.com")).toBe("espera-se: um e-mail como bob@example.com");
  });

  it("stays as it is when nobody knows it, and in English", async () => {
    await listen("es");
    const unknown = ["The moon is full.", "body.x: 100% (new).", "a: b: c: ... (3 more)", "", "x".repeat(5000), "Order ".repeat(500)];
    expect(unknown.map(say)).toEqual(unknown);
    expect(say("Row 7: name: not a word of it")).toBe("Fila 7: name: not a word of it");
    await listen("en");
    expect(say("There is no order X.")).toBe("There is no order X.");
  });
});

describe("what a service refuses is said in the language that is spoken", () => {
  const speaks = (person: typeof bob, language: Language) =>
    server.use(http.get("/users/me", () => HttpResponse.json({ ...person, preferences: { language } })));

  it("a wrong password, and anew when the language changes", async () => {
    server.use(http.post("/users/login", () => problem(401, "The e-mail address or the password is wrong.")));
    const user = open("/app/sign-in", { signedIn: false });
    await user.click(await screen.findByRole("button", { name: languages.es }));
    await user.type(await screen.findByLabelText("Correo electrónico"), "bob@example.com");
    await user.type(screen.getByLabelText("Contraseña"), "wrong{Enter}");
    expect(await screen.findByRole("alert")).toHaveTextContent("El correo electrónico o la contraseña no son correctos.");
    await user.click(screen.getByRole("button", { name: languages.pt }));
    expect(await screen.findByText("O e-mail ou a senha estão incorretos.")).toBeVisible();
    await user.click(screen.getByRole("button", { name: languages.en }));
    expect(await screen.findByText("The e-mail address or the password is wrong.")).toBeVisible();
  });

  it("an order that is sold out", async () => {
    speaks(bob, "pt");
    const sentence = "There is not enough stock of TEA-1: 2 available, 3 requested";
    server.use(
      http.post("/orders/", () => problem(409, `${sentence}.`, [{ location: "body.items[0].quantity", message: sentence, value: 3 }])),
    );
    const user = open("/app/new-order");
    await user.click(await screen.findByRole("combobox", { name: "Adicionar um item" }));
    await user.click(await screen.findByRole("option", { name: /Green tea/ }));
    await user.click(await screen.findByRole("button", { name: "Fazer o pedido" }));
    expect(await screen.findByText("Não há estoque suficiente de TEA-1: 2 disponíveis, 3 solicitados")).toBeVisible();
  });

  it("a change of status that is not legal", async () => {
    speaks(bob, "es");
    server.use(
      http.put("/orders/ORD-001", () => problem(409, "Order ORD-001 is shipped; from there it can become delivered or cancelled, not pending.")),
    );
    const user = open("/app/orders/ORD-001");
    await user.click(await screen.findByRole("button", { name: "Cancelar pedido" }));
    const dialog = within(await screen.findByRole("alertdialog"));
    await user.click(dialog.getByRole("button", { name: "Cancelar pedido" }));
    expect(await dialog.findByRole("alert")).toHaveTextContent(
      "El estado del pedido ORD-001 es «enviado»; de ahí puede pasar a entregado o cancelado, no a pendiente.",
    );
  });

  it("rows of a file that are skipped", async () => {
    speaks(admin, "es");
    server.use(
      http.post("/inventory/import/csv", () =>
        HttpResponse.json({
          created_count: 0,
          updated_count: 1,
          skipped_count: 1,
          errors: ["Row 3: qty: expected a whole number from 0 to 1000000000000"],
        }),
      ),
    );
    const user = open("/app/inventory", { asAdmin: false });
    await user.click(await screen.findByRole("button", { name: "Importar" }));
    await user.upload(
      await screen.findByLabelText("Elegir un archivo", { selector: "input" }),
      new File(["sku,qty\nTEA-1,x\n"], "items.csv", { type: "text/csv" }),
    );
    expect(await screen.findByText("Fila 3: qty: se espera un número entero de 0 a 1000000000000")).toBeVisible();
    await act(() => speak("pt"));
    expect(await screen.findByText("Linha 3: qty: espera-se um número inteiro de 0 a 1000000000000")).toBeVisible();
  });
});

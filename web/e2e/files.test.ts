import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { journey, newItem, settled, shown } from "./console";

journey("a file with errors is checked, imported without its bad rows, and exported again", async (open) => {
  await newItem({ sku: "E2E-OLD", name: "Old", qty: 1, price: "1.00" });
  const page = await open("/app/inventory", { as: "admin" });
  await settled(page, "Inventory");
  await page.getByRole("button", { name: "Import" }).click();
  const dialog = page.getByRole("dialog");
  const csv = "sku,qty,name,price\nE2E-NEW,5,New,2.50\nE2E-OLD,7,Old,1.00\nE2E-BAD,many,Bad,3.00\n";
  await dialog.locator("input[type=file]").setInputFiles({ name: "items.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });

  await shown(dialog.getByText("Nothing has been changed yet.", { exact: false }));
  await shown(dialog.getByText("1 row is skipped."));
  await shown(dialog.getByText(/Row 4: qty/));
  await dialog.getByRole("button", { name: "Import 2 rows" }).click();
  await shown(dialog.getByText("The file has been imported."));
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();

  await page.getByRole("searchbox").fill("E2E-NEW");
  await shown(page.getByRole("row").filter({ hasText: "E2E-NEW" }));

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  const content = await readFile(await (await download).path(), "utf8");
  expect(content).toMatch(/,E2E-OLD,Old,7,1\.00/);
  expect(content).not.toContain("E2E-BAD");
});

import { readdirSync } from "node:fs";
import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

const features = readdirSync(`${import.meta.dirname}/src/pages`);

/** Refuses imports, also dynamic ones, whose path matches. */
const forbid = (path, message) => ({
  selector: `:matches(ImportDeclaration, ImportExpression, ExportNamedDeclaration, ExportAllDeclaration)[source.value=/${path.replaceAll("/", "\\x2F")}/]`,
  message,
});
const noPages = forbid("(^|/)pages/", "Features meet in App.tsx only.");
const noFeature = forbid(`services/(${[...features, "analytics", "events", "import", "download"].join("|")})$`, "Components know no feature.");
const noOtherFeature = forbid("^\\.\\./(?!\\.\\.)", "A feature imports no other one: let App.tsx pass in what it needs.");

const texts = [
  "JSXText[value=/[A-Za-zÀ-ÿ]{2,}/]",
  "JSXAttribute[name.name=/^(label|title|text|hint|placeholder|alt|caption|loading|subtitle|confirm|keep|aria-label|aria-description)$/] > Literal[value=/[A-Za-zÀ-ÿ]{2,}/]",
  "JSXElement > JSXExpressionContainer Literal[value=/^[A-ZÀ-Þ][a-zà-ÿ]+( |$)/]",
  "JSXElement > JSXExpressionContainer TemplateElement[value.raw=/(^| )[A-ZÀ-Þ][a-zà-ÿ]+ /]",
].map((selector) => ({ selector, message: "Give this text a key in the feature's texts, and use t()." }));

// The last entry that matches a file gives the options of a rule.
const restrict = (files, ...syntax) => ({ files, ignores: ["**/*.test.*"], rules: { "no-restricted-syntax": ["error", ...syntax] } });

export default tseslint.config(
  { ignores: ["dist", "scripts", "src/boot.js", "src/types"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
      jsxA11y.flatConfigs.strict,
      reactHooks.configs.flat.recommended,
    ],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "never" }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  restrict(["src/{context,services}/**"], noPages),
  restrict(["src/components/**"], noPages, noFeature, ...texts),
  restrict(["src/pages/*/*"], noPages, noOtherFeature, ...texts),
  restrict(["src/App.tsx"], ...texts),
);

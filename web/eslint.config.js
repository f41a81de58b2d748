import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "scripts", "src/boot.js", "src/types/{users,orders,inventory}.ts"] },
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
  {
    // Every text has a key in src/i18n, in each language.
    files: ["src/**/*.tsx"],
    ignores: ["src/**/*.test.tsx", "src/test/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...[
          "JSXText[value=/[A-Za-zÀ-ÿ]{2,}/]",
          "JSXAttribute[name.name=/^(label|title|text|hint|placeholder|alt|caption|loading|subtitle|confirm|keep|aria-label|aria-description)$/] > Literal[value=/[A-Za-zÀ-ÿ]{2,}/]",
          "JSXElement > JSXExpressionContainer Literal[value=/^[A-ZÀ-Þ][a-zà-ÿ]+( |$)/]",
          "JSXElement > JSXExpressionContainer TemplateElement[value.raw=/(^| )[A-ZÀ-Þ][a-zà-ÿ]+ /]",
        ].map((selector) => ({ selector, message: "Give this text a key in src/i18n and say it with t()." })),
      ],
    },
  },
);

SwaggerUIBundle({
  url: document.body.dataset.document,
  dom_id: "#reference",
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestSnippetsEnabled: true,
});

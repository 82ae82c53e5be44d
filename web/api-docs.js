/* global SwaggerUIBundle */
// Tokens stay in the page's memory: persistAuthorization would put them where every script of this origin can read them.
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});

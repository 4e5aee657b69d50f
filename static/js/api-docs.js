// Draws the API's reference from its OpenAPI document, and makes its trial calls pass the CSRF check.
(() => {
  const place = document.getElementById("api-docs");
  const sameOrigin = (url) => new URL(url, location.href).origin === location.origin;
  const marked = (request) => {
    if (!sameOrigin(request.url)) return request;
    request.headers["X-CSRFToken"] = place.dataset.token;
    // The API wants writes to name JSON, even those without a body.
    if (request.method !== "GET") request.headers["Content-Type"] = "application/json";
    return request;
  };
  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    docExpansion: "none",
    layout: "BaseLayout",
    presets: [window.SwaggerUIBundle.presets.apis],
    requestInterceptor: marked,
    validatorUrl: null,
  });
})();

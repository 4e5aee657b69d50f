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
  // The page has its own head and landmark, so only the calls and what they carry are drawn.
  const ours = ({ React }) => ({
    components: {
      Reference: ({ getComponent, specSelectors }) => {
        const part = (name, whole) => React.createElement(getComponent(name, whole));
        if (specSelectors.loadingStatus() !== "success") return React.createElement("p", null, "Loading …");
        const heading = React.createElement("h2", null, "Calls");
        return React.createElement("div", { className: "swagger-ui" }, part("SvgAssets"), part("errors", true), heading, part("operations", true), part("Models", true));
      },
    },
  });
  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    docExpansion: "none",
    layout: "Reference",
    plugins: [ours],
    presets: [window.SwaggerUIBundle.presets.apis],
    requestInterceptor: marked,
    validatorUrl: null,
  });
})();

// Starts Swagger UI. What is tried from the page goes by the session of whoever reads it, or by the token given.
"use strict";
(() => {
  const page = document.getElementById("reference");
  const { document: url, csrf } = page.dataset;
  page.replaceChildren();
  SwaggerUIBundle({
    url,
    domNode: page,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    tagsSorter: "alpha",
    validatorUrl: null,
    requestInterceptor: (request) => {
      const own = new URL(request.url, location.href).origin === location.origin;
      if (own && !["GET", "HEAD"].includes((request.method || "GET").toUpperCase())) request.headers["X-CSRFToken"] = csrf;
      return request;
    },
  });
})();

// Focuses the error summary of a refused form and keeps a form from being sent twice.
(() => {
  document.addEventListener("DOMContentLoaded", () => document.querySelector("[data-focus]")?.focus());

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent !== undefined) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "";
    for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-disabled", "true");
  });

  const release = () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
    }
  };
  window.addEventListener("pageshow", release);
  // What htmx could not send may be sent again.
  document.addEventListener("failed", release);
})();

// The one place that names htmx's events: focus, announcements, empty parameters, hidden tabs.
(() => {
  const say = (words) => {
    document.getElementById("live").textContent = words;
  };

  // A shared address should not carry `?q=&stage=`.
  document.addEventListener("htmx:configRequest", (event) => {
    const { verb, parameters } = event.detail;
    if (verb !== "get") return;
    for (const [name, value] of Object.entries(parameters)) if (value === "") delete parameters[name];
  });

  // A poll in a tab nobody sees waits until it is seen again.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.hasAttribute("data-poll")) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll("[data-poll]")) element.dispatchEvent(new Event("seen"));
  });

  // After a swap: focus what asks for it, say what changed (states, not ticks).
  document.addEventListener("htmx:afterSettle", (event) => {
    const region = event.detail.elt;
    if (region.id === "found") {
      document.dispatchEvent(new Event("found"));
      return;
    }
    region.querySelector("[data-focus]")?.focus();
    const words = region.querySelector("[data-say]")?.dataset.say ?? region.dataset.say;
    if (words && words !== document.getElementById("live").textContent) say(words);
  });

  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, () => say("This part could not be refreshed. Reload the page to see its state."));
  }
})();

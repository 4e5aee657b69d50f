// The one place that names htmx's events: focus, announcements, dialogues, empty parameters, hidden tabs.
(() => {
  // The page behind a dialogue is silent, so each has a live region of its own.
  const live = () => document.querySelector("dialog[open] [role=status]") ?? document.getElementById("live");
  const say = (words) => {
    live().textContent = words;
  };

  // A shared address should not carry `?q=&stage=`.
  document.addEventListener("htmx:configRequest", (event) => {
    const { verb, parameters } = event.detail;
    if (verb !== "get") return;
    for (const [name, value] of Object.entries(parameters)) if (value === "") delete parameters[name];
  });

  // A poll in a tab nobody sees waits until it is seen again.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = event.detail;
    if (document.hidden && elt.hasAttribute("data-poll")) event.preventDefault();
    // What is being sent is no draft any more.
    if (elt.hasAttribute("data-autosave") && elt.closest("form[data-sent]")) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll("[data-poll]")) element.dispatchEvent(new Event("seen"));
  });

  // After a swap: show the dialogue that was filled, focus what asks for it, say what changed (states, not ticks).
  document.addEventListener("htmx:afterSettle", (event) => {
    const region = event.detail.elt;
    if (region.id === "found") {
      document.dispatchEvent(new Event("found"));
      return;
    }
    const dialog = region.closest("dialog");
    if (dialog) {
      if (!dialog.open) dialog.showModal();
      say("");
    }
    region.querySelector("[data-focus]")?.focus();
    const words = region.querySelector("[data-say]")?.dataset.say ?? region.dataset.say;
    if (words && words !== live().textContent) say(words);
  });

  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => {
      event.detail.elt.dispatchEvent(new Event("failed", { bubbles: true }));
      say("This part could not be refreshed. Reload the page to see its state.");
    });
  }
})();

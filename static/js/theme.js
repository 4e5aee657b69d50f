// Applies the stored colour theme before the first paint, and serves the switch in the bar.
(() => {
  const order = ["system", "light", "dark"];
  const root = document.documentElement;
  const stored = () => {
    try {
      return order.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "system";
    } catch {
      return "system";
    }
  };
  const show = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.querySelector("[data-theme-name]").textContent = theme[0].toUpperCase() + theme.slice(1);
    }
  };
  root.dataset.scripted = "";
  show(stored());
  document.addEventListener("DOMContentLoaded", () => show(stored()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const next = order[(order.indexOf(stored()) + 1) % order.length];
    try {
      localStorage.setItem("theme", next);
    } catch {
      // Without storage the choice lasts for this page only.
    }
    show(next);
  });
})();

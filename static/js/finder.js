// Ctrl-K or ⌘-K opens the finder: arrows choose, Enter opens, Escape closes and gives the focus back. No single letter
// is a shortcut. Also closes the overflow menus of detail pages.
(() => {
  const finder = () => document.getElementById("finder");
  const words = () => document.getElementById("finder-words");
  const options = () => [...finder().querySelectorAll("[role=option]")];
  const chosen = () => finder().querySelector("[aria-selected=true]");

  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      words().setAttribute("aria-activedescendant", option.id);
    } else {
      words().removeAttribute("aria-activedescendant");
    }
  };
  const move = (by) => {
    const all = options();
    if (!all.length) return;
    const at = all.indexOf(chosen());
    choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
  };
  const open = () => {
    if (finder().open) return;
    finder().showModal();
    words().value = "";
    words().focus();
    words().dispatchEvent(new Event("open"));
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      if (!finder()) return;
      event.preventDefault();
      if (finder().open) finder().close();
      else open();
      return;
    }
    if (event.key === "Escape") {
      const menu = event.target.closest?.("details.overflow[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
      return;
    }
    if (event.target !== words() || !finder()?.open) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && chosen()) {
      event.preventDefault();
      location.assign(chosen().href);
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-finder]")) open();
    else if (event.target === finder()) finder().close();
    for (const menu of document.querySelectorAll("details.overflow[open]")) {
      // A dialogue that was opened from a menu gives the focus back there.
      if (!menu.contains(event.target) && !event.target.closest("dialog")) menu.open = false;
    }
  });

  // The page behind a dialogue is silent, so the finder has a live region of its own.
  document.addEventListener("found", () => {
    choose(words().value ? options()[0] : null);
    document.getElementById("finder-live").textContent = `${options().length} to choose from`;
  });

  document.addEventListener("DOMContentLoaded", () => {
    const mac = /Mac|iPhone|iPad/.test(navigator.platform);
    for (const key of document.querySelectorAll("[data-finder-key]")) if (mac) key.textContent = "⌘ K";
  });
})();

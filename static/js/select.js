// Selecting rows of a list: the box in the head takes the whole page, "all matching" what lies beyond it, the bar counts.
(() => {
  const show = (form) => {
    const rows = [...form.querySelectorAll("[name=row]")];
    const [page, all] = [form.querySelector("[data-select-page]"), form.querySelector("[name=all]")];
    const count = rows.filter((row) => row.checked).length;
    page.checked = count === rows.length;
    page.indeterminate = count > 0 && !page.checked;
    const words = `${all.checked ? `All ${all.dataset.total}` : count} selected`;
    form.querySelector("[data-selected]").textContent = words;
    return words;
  };

  document.addEventListener("change", (event) => {
    const box = event.target, form = box.closest?.(".bulk");
    if (!form) return;
    const all = form.querySelector("[name=all]");
    if (box === all ? box.checked : box.matches("[data-select-page]")) {
      for (const row of form.querySelectorAll("[name=row]")) row.checked = box.checked;
    }
    // All that match are no longer meant once a row is left out.
    if (!box.checked) all.checked = false;
    document.getElementById("live").textContent = show(form);
  });

  // A browser keeps boxes ticked on the way back.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll(".bulk")) show(form);
  });
})();

/* Says how far an import is, while the browser waits for its end. */
(() => {
  const form = document.querySelector("[data-bundle-progress]");
  if (!form) return;
  form.addEventListener("submit", () => {
    const note = form.querySelector("[data-bundle-note]");
    const button = form.querySelector("[type=submit]");
    note.hidden = false;
    setTimeout(() => { button.disabled = true; }, 0);
    setInterval(async () => {
      try {
        const { done, total } = await (await fetch(form.dataset.bundleProgress)).json();
        if (total) note.textContent = `${note.dataset.label} ${done} / ${total}`;
      } catch { /* the import itself tells what went wrong */ }
    }, 700);
  });
})();

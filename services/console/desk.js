// Puts new values in place: what kept its id and changed is replaced and shown as new; everything else stays, with its
// focus. A link to another state of the desk is told to the server instead of loading a page.
window.fanzha = {
  put(name, html) {
    const host = document.getElementById(`host-${name}`);
    if (!host) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const parts = (node) => [...node.querySelectorAll("[id]")];
    const frame = (node) => {
      const copy = node.cloneNode(true);
      parts(copy).forEach((part) => { part.replaceChildren(); part.removeAttribute("href"); part.removeAttribute("style"); part.removeAttribute("class"); });
      const box = document.createElement("div");
      box.append(copy.content ? copy.content : copy);
      return box.innerHTML;
    };
    const shell = frame(fresh);
    if (host.dataset.frame !== shell) {
      host.replaceChildren(fresh.content);
      host.dataset.frame = shell;
      return;
    }
    for (const part of parts(fresh.content)) {
      const here = document.getElementById(part.id);
      if (here.innerHTML !== part.innerHTML) {
        here.innerHTML = part.innerHTML;
        here.classList.remove("new");
        void here.offsetWidth;
        here.className = `${part.className} ${here.dataset.quiet ? "" : "new"}`.trim();
      }
      for (const name of ["href", "style"]) {
        if (part.hasAttribute(name) && part.getAttribute(name) !== here.getAttribute(name)) here.setAttribute(name, part.getAttribute(name));
      }
    }
  },
};
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const target = new URL(link.href, location.href);
  if (target.origin !== location.origin || target.pathname !== "/" || location.pathname !== "/") return;
  event.preventDefault();
  history.pushState({}, "", target.pathname + target.search);
  emitEvent("desk", { query: target.search });
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-form]");
  if (!form) return;
  event.preventDefault();
  emitEvent("form", { form: form.dataset.form, ...Object.fromEntries(new FormData(form)) });
});
addEventListener("popstate", () => emitEvent("desk", { query: location.search }));

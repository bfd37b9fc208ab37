// Puts new values in place: what kept its id and changed is replaced and shown as new; everything else stays, with its
// focus. A link to another state of the desk is told to the server instead of loading a page. Without word from the
// server the stamp says so: a screen never looks certain when it is not.
const SILENT = 25; // seconds: the server says something every 10
window.fanzha = {
  last: Date.now(),
  heard() {
    this.last = Date.now();
    document.body.classList.remove("asking");
    if (this.told) document.getElementById("fresh").replaceWith(this.told);
    this.told = null;
  },
  // What stands there is of another state until the answer comes: it is dimmed when that takes a while.
  ask(event, said) {
    document.body.classList.add("asking");
    emitEvent(event, said);
  },
  put(name, html) {
    const host = document.getElementById(`host-${name}`);
    if (!host) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const shell = this.frame(fresh);
    if (host.dataset.frame !== shell) {
      this.anew(host, fresh.content);
      host.dataset.frame = shell;
      return;
    }
    for (const part of fresh.content.querySelectorAll("[id]")) {
      const here = document.getElementById(part.id);
      const moved = here.innerHTML !== part.innerHTML, fading = here.classList.contains("new");
      if (moved) here.innerHTML = part.innerHTML;
      here.className = part.className;
      if (moved) this.fade(here);
      else if (fading) here.classList.add("new");
      for (const name of ["href", "style"]) {
        if (part.getAttribute(name) !== here.getAttribute(name)) here.setAttribute(name, part.getAttribute(name));
      }
    }
  },
  // A fragment without what may change in place: equal frames differ in values alone.
  frame(template) {
    const copy = template.content.cloneNode(true);
    for (const part of copy.querySelectorAll("[id]")) {
      part.replaceChildren();
      for (const name of ["href", "style", "class"]) part.removeAttribute(name);
    }
    const box = document.createElement("div");
    box.append(copy);
    return box.innerHTML;
  },
  // Other rows or another order: all of it anew, but focus, open branches and what did not change look as before.
  anew(host, content) {
    const before = new Map([...host.querySelectorAll("[id]")].map((part) => [part.id, part.innerHTML]));
    const open = new Map([...host.querySelectorAll("details[data-key]")].map((part) => [part.dataset.key, part.open]));
    const focus = host.contains(document.activeElement) ? document.activeElement : null;
    host.replaceChildren(content);
    for (const part of host.querySelectorAll("details[data-key]")) part.open ||= open.get(part.dataset.key) ?? false;
    for (const part of host.querySelectorAll("[id]")) {
      if (before.has(part.id) && before.get(part.id) !== part.innerHTML) this.fade(part);
    }
    if (!focus) return;
    const key = focus.dataset.key;
    const again = focus.id ? document.getElementById(focus.id) : key && host.querySelector(`[data-key="${CSS.escape(key)}"]`);
    (again || host).focus({ preventScroll: true });
  },
  fade(part) {
    if (part.dataset.quiet) return;
    part.classList.remove("new");
    void part.offsetWidth;
    part.classList.add("new");
  },
};
setInterval(() => {
  const silent = Math.floor((Date.now() - window.fanzha.last) / 1000);
  const stamp = document.getElementById("fresh");
  if (!stamp || silent < SILENT) return;
  window.fanzha.told ??= stamp.cloneNode(true);
  stamp.className = "stamp stale";
  stamp.textContent = stamp.dataset.lost.replace("{}", silent);
}, 1000);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const target = new URL(link.href, location.href);
  if (target.origin !== location.origin || target.pathname !== "/" || location.pathname !== "/" || target.hash) return;
  event.preventDefault();
  history.pushState({}, "", target.pathname + target.search);
  window.fanzha.ask("desk", { query: target.search });
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-form]");
  if (!form) return;
  event.preventDefault();
  window.fanzha.ask("form", { form: form.dataset.form, ...Object.fromEntries(new FormData(form)) });
});
// On a narrow screen: places and filters open and close; a choice made, or Escape, closes them.
function menu(name, open) {
  const button = document.querySelector(`[data-menu=${name}]`);
  button.setAttribute("aria-expanded", open);
  document.body.classList.toggle(`open-${name}`, open);
  return button;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  if (button) menu(button.dataset.menu, button.getAttribute("aria-expanded") !== "true");
  else if (event.target.closest(".tree a")) menu("tree", false);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const name of ["tree", "filters"]) {
    if (document.body.classList.contains(`open-${name}`)) menu(name, false).focus();
  }
});
addEventListener("popstate", () => window.fanzha.ask("desk", { query: location.search }));

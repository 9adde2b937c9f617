// Keys and announcements. Everything on the pages works without this file; it only makes them quicker.

const links = () => [...document.querySelectorAll(".row-link")];

function typing(target) {
  return target instanceof Element && target.closest("input, select, textarea, [contenteditable]") !== null;
}

function step(by) {
  const all = links();
  if (all.length === 0) return;
  const at = all.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  all[next].focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (document.body.dataset.shortcuts !== "on" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const search = document.getElementById("search");
  if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
});

// What folds out around an action folds in again by Escape, and the focus is where it was.
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" ? event.target.closest?.("details:is(.more-acts, .twice, .back)[open]") : null;
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// An address to share holds only what was asked.
document.addEventListener("htmx:configRequest", (event) => {
  for (const [name, value] of [...event.detail.formData]) if (value === "") event.detail.formData.delete(name);
});

const announce = document.getElementById("announce");

// What is to be taken elsewhere is copied by a button, where the browser lets a page do so.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    announce.textContent = button.dataset.copied;
    button.textContent = button.dataset.copied;
  });
}

// A switch leads back to what is shown now, also after the filters have changed the address in place. The answer to a
// form may have no address that can be asked for again: the page itself says then where to go.
document.addEventListener("submit", (event) => {
  const back = event.target.querySelector("input[name=back]");
  if (back?.value.split("?")[0] === location.pathname) back.value = location.pathname + location.search;
});

// What is made once (a key, a person) is not made twice by a second click; a page that is come back to takes forms again.
const sent = new WeakSet();
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (sent.has(event.target)) event.preventDefault();
  sent.add(event.target);
  setTimeout(() => sent.delete(event.target), 5_000);
}, { capture: true });

// Nor by loading its answer anew: that shows the page, without the secret.
if (document.getElementById("once-secret")) history.replaceState(null, "", location.href);

// Where the pages do not fit beside each other, the one shown is brought into sight.
for (const shown of document.querySelectorAll(":is(.top-nav, .tabs) [aria-current]")) {
  shown.scrollIntoView({ block: "nearest", inline: "center" });
}

// A drawing wider than the screen begins where its journey does: the first step stands in its middle.
for (const drawing of document.querySelectorAll(".flow-box")) {
  const first = drawing.querySelector(".flow-step rect");
  if (!first || drawing.scrollWidth <= drawing.clientWidth) continue;
  const [box, step] = [drawing.getBoundingClientRect(), first.getBoundingClientRect()];
  drawing.scrollLeft += step.left + step.width / 2 - (box.left + drawing.clientWidth / 2);
}

// The list is replaced under the filters: say how many are left, without moving the focus.
document.addEventListener("htmx:afterSettle", () => {
  const said = document.querySelector("[data-announce]");
  if (said) announce.textContent = said.textContent.trim();
});

// Older days take the place of the button that asked for them: the focus goes to the first of them.
document.addEventListener("htmx:beforeSwap", (event) => {
  const more = event.detail.target;
  if (!more.classList.contains("more")) return;
  const before = more.previousElementSibling;
  document.addEventListener("htmx:afterSettle", () => before?.nextElementSibling?.focus(), { once: true });
});

for (const kind of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(kind, () => {
    announce.textContent = announce.dataset.failed;
    announce.classList.remove("visually-hidden");
    announce.classList.add("toast-line");
  });
}

// Runs once, when the reader panel (its `element`) is on the page. Clicks on links to fragments become
// events for Python; what needs no server (moving the light, closing, copying) is done here.

const one = (selector, root = document) => root.querySelector(selector);
let opener = null; // what had the focus before the panel opened

function light(card) {
  document.querySelectorAll(".card.lit").forEach((c) => c.classList.remove("lit"));
  card.classList.add("lit");
  card.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function cite(link) {
  const href = link.getAttribute("href");
  const [, turn, n] = href.split("/");
  const card = document.getElementById(`card-${turn}-${n}`);
  if (card) return light(card);
  const all = document.querySelectorAll(`#chat a[href^="#cite/${turn}/"]`);
  trigger("cite", { lit: Number(n), links: [...all].map((a) => a.getAttribute("href")) });
}

async function copy(link) {
  const turn = link.closest(".turn");
  const text = [...turn.querySelectorAll(":scope > p, .claim")].map((p) => p.innerText).join("\n\n");
  await navigator.clipboard.writeText(text);
  link.classList.add("done");
  setTimeout(() => link.classList.remove("done"), 1500);
}

function close() {
  if (!one(".sheet", element)) return;
  props.value = "";
  document.body.classList.remove("reading");
  opener?.focus();
}

function jump(behavior) {
  one("mark", element)?.scrollIntoView({ block: "center", behavior });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) return close();
  const link = event.target.closest('a[href^="#"]');
  const href = link?.getAttribute("href") ?? "";
  const known = /^#(cite|read|ask)\/|^#(copy|jump)$/.exec(href);
  if (!known) return;
  event.preventDefault();
  if (href.startsWith("#cite/")) cite(link);
  else if (href.startsWith("#ask/")) trigger("ask", { question: decodeURIComponent(href.slice(5)) });
  else if (href === "#copy") copy(link);
  else if (href === "#jump") jump("smooth");
  else {
    opener = link;
    trigger("read", { link: href });
  }
});

document.addEventListener("keydown", (event) => {
  const sheet = one(".sheet", element);
  if (!sheet) return;
  if (event.key === "Escape") close();
  if (event.key !== "Tab") return;
  // Nothing behind an open panel can be seen, so the focus stays inside it.
  const stops = [...sheet.querySelectorAll("a[href], button")];
  const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
  if (document.activeElement === edge || document.activeElement === sheet) {
    event.preventDefault();
    (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
  }
});

watch("value", () => {
  const sheet = one(".sheet", element);
  if (!sheet) return;
  document.body.classList.add("reading");
  jump("instant");
  sheet.focus({ preventScroll: true });
});

// The newest question stays at the top of the chat while its answer comes in, so that reading begins at the
// beginning; above all, nobody sees the passages near a refusal without the refusal.
let seen = "";
function follow() {
  const box = one("#chat .panel-wrap");
  const asked = [...document.querySelectorAll("#chat .asked")];
  const turns = [...document.querySelectorAll("#chat .turn")];
  const state = `${asked.length} ${turns.length} ${turns.at(-1)?.className} ${turns.at(-1)?.innerText.length}`;
  if (state === seen || !box || !asked.length) return;
  seen = state;
  box.scrollTop += asked.at(-1).getBoundingClientRect().top - box.getBoundingClientRect().top - 4;
}

// The chat labels each message with its source code, which a screen reader would spell out.
new MutationObserver(() => {
  follow();
  document.querySelectorAll("#chat [data-testid][aria-label*='<div']").forEach((e) => e.removeAttribute("aria-label"));
}).observe(document.body, { childList: true, subtree: true, attributeFilter: ["aria-label"] });

// Runs once, when the reader panel (its `element`) is on the page. Clicks on links to fragments become
// events for Python; what needs no server (moving the light, closing, copying) is done here.

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const narrow = matchMedia("(max-width: 860px)");
const busy = () => one("#chat .turn:is(.pending, .streaming)");
let opener = null; // what had the focus before the panel opened
let marker = null; // what had it before it went to a card of the evidence

// ── evidence ──

/** The place of an answer or question in the conversation. */
const turnOf = (node) => {
  const kind = node.closest(".turn") ? ".turn" : ".asked";
  return all(`#chat ${kind}`).indexOf(node.closest(".message, .message-row")?.querySelector(kind));
};

function light(card) {
  all(".card.lit").forEach((c) => c.classList.remove("lit"));
  card.classList.add("lit");
  card.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

/** Light the card of a marker; with `enter` the focus goes there, and Escape brings it back. */
function cite(link, { shown = true, enter = false } = {}) {
  const turn = turnOf(link);
  const n = Number(link.getAttribute("href").split("/")[2]);
  if (shown && narrow.matches) document.body.classList.add("show-evidence");
  if (enter) marker = link;
  const card = document.getElementById(`card-${turn}-${n}`);
  if (!card) return trigger("cite", { lit: n, turn, enter });
  light(card);
  // On phones the evidence has to come up first: what can't be seen yet takes no focus.
  if (enter) setTimeout(() => card.focus({ preventScroll: true }), narrow.matches ? 250 : 0);
}

let hovering;
document.addEventListener("mouseover", (event) => {
  clearTimeout(hovering);
  const link = event.target.closest?.("#chat a.cite");
  if (link && !narrow.matches && !busy()) hovering = setTimeout(() => cite(link, { shown: false }), 180);
});

// ── an open article ──

function close() {
  if (!one(".sheet", element)) return;
  props.value = "";
  document.body.classList.remove("reading");
  opener?.focus();
}

function jump(behavior) {
  one("mark", element)?.scrollIntoView({ block: "center", behavior });
}

watch("value", () => {
  const sheet = one(".sheet", element);
  document.body.classList.toggle("reading", Boolean(sheet));
  if (!sheet) return;
  jump("instant");
  sheet.focus({ preventScroll: true });
});

// ── taking it along ──

async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Only pages from this machine or over https may use the clipboard directly.
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
}

async function copy(link) {
  await put(decodeURIComponent(link.getAttribute("href").slice("#copy/".length)));
  say(link, memory.label("copied"));
}

/** A word beside what was clicked, for a moment. */
function say(link, text) {
  const word = document.createElement("span");
  word.className = "said";
  word.setAttribute("role", "status");
  word.textContent = text;
  link.after(word);
  setTimeout(() => word.remove(), 2500);
}

function download() {
  const parts = all("#chat .asked").map((asked, turn) => {
    const answer = all("#chat .turn")[turn];
    const kept = one('a[href^="#copy/"]', answer)?.getAttribute("href").slice("#copy/".length);
    return `## ${asked.innerText.replaceAll("\n", " ")}\n\n${kept ? decodeURIComponent(kept) : (answer?.innerText ?? "")}`;
  });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${parts.join("\n\n")}\n`], { type: "text/markdown" }));
  link.download = `${memory.label("conversation_file")}.md`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// ── opinions and second thoughts ──

function button(text, act, primary = false) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.className = primary ? "primary" : "";
  made.addEventListener("click", act);
  return made;
}

/** A small form below a place: a text, a button that sends it and one that closes. */
function form(after, label, value, send, done) {
  all("#chat .form").forEach((open) => open.remove());
  const box = document.createElement("div");
  const text = document.createElement("textarea");
  box.className = "form";
  text.rows = 2;
  text.value = value;
  text.setAttribute("aria-label", label);
  text.placeholder = label;
  const end = () => (box.remove(), after.focus?.());
  const go = () => (done(text.value.trim()), end());
  text.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) (event.preventDefault(), go());
  });
  box.append(text, button(send, go, true), button(memory.label("cancel"), end));
  after.after(box);
  text.focus();
  text.select();
}

function rate(link) {
  const vote = link.getAttribute("href").slice("#rate/".length);
  const turn = turnOf(link);
  const told = (comment) => trigger("rate", { turn, vote, comment, conversation: memory.current() });
  told("");
  memory.vote(turn, vote);
  mark();
  const place = link.closest(".acts");
  form(place, memory.label("comment"), "", memory.label("send"), (comment) => {
    if (comment) told(comment);
    say(place.lastElementChild, memory.label("thanks"));
  });
}

function edit(link) {
  const turn = turnOf(link);
  const question = link.parentElement.querySelector(".asked").innerText;
  form(link, memory.label("question"), question, memory.label("save"), (text) => {
    if (text && !busy()) trigger("edit", { turn, question: text });
  });
}

/** Thumbs stay lit. */
function mark() {
  const votes = memory.votes();
  all("#chat .turn").forEach((turn, at) => {
    all(".thumb", turn).forEach((thumb) => {
      const on = thumb.classList.contains(votes[at] ?? "none");
      if (on !== thumb.classList.contains("on")) thumb.classList.toggle("on", on);
    });
  });
}

// ── clicks and keys ──

const ACTS = {
  cite: (link, _, enter) => cite(link, { enter }),
  ask: (link, href) => busy() || trigger("ask", { question: decodeURIComponent(href.slice("#ask/".length)) }),
  read: (link, href) => {
    opener = link;
    trigger("read", { link: href });
  },
  copy,
  rate,
  edit: (link) => busy() || edit(link),
  retry: () => busy() || trigger("retry", {}),
  undo: () => {
    if (busy()) return;
    trigger("undo", {});
    one("#question textarea").focus();
  },
  sources: (link, _, enter) => cite(one("a.cite", link.closest(".turn")), { enter }),
  remove: (link, href) => {
    const article = decodeURIComponent(href.slice("#remove/".length));
    if (confirm(memory.label("confirm_remove"))) trigger("remove", { article });
  },
  jump: () => jump("smooth"),
  download,
  talks: () => {
    document.body.classList.toggle("show-talks");
    one("#rail button")?.focus();
  },
  theme: (link) => {
    const order = ["auto", "light", "dark"];
    memory.setTheme(order[(order.indexOf(memory.theme()) + 1) % order.length]);
    name();
  },
};

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) return close();
  if (document.body.matches(".show-talks") && !event.target.closest("#rail, a[href='#talks']")) {
    document.body.classList.remove("show-talks");
  }
  const link = event.target.closest('a[href^="#"]');
  const href = link?.getAttribute("href") ?? "";
  const act = ACTS[/^#(\w+)/.exec(href)?.[1]];
  if (!act) return;
  event.preventDefault();
  act(link, href, event.detail === 0); // a click without a pointer comes from the keyboard
});

document.addEventListener("keydown", (event) => {
  const sheet = one(".sheet", element);
  if (event.key === "Escape") {
    if (sheet) return close();
    if (document.body.matches(".show-talks")) one("#masthead .talks").focus();
    if (one("#evidence").contains(document.activeElement)) marker?.focus();
    document.body.classList.remove("show-talks", "show-evidence");
  }
  if (!sheet || event.key !== "Tab") return;
  // Nothing behind an open panel can be seen, so the focus stays inside it.
  const stops = all("a[href], button", sheet);
  const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
  if (document.activeElement === edge || document.activeElement === sheet) {
    event.preventDefault();
    (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
  }
});

// ── keeping up with the page ──

/** The theme's button says which theme is on. */
function name() {
  const link = one('a[href="#theme"]');
  const text = memory.label(`theme_${memory.theme()}`);
  if (link && link.dataset.now !== memory.theme() + text) {
    link.dataset.now = memory.theme() + text;
    link.title = `${memory.label("theme")}: ${text}`;
    link.setAttribute("aria-label", link.title);
    link.className = `glyph ${memory.theme()}`;
  }
  filtered();
  document.documentElement.lang = one("[data-lang]")?.dataset.lang ?? "en";
  const title = one("#masthead h1")?.textContent;
  if (title && document.title !== title) document.title = title;
}

/** Filters work while they are folded away too, so their heading says that there are some. */
function filtered() {
  const heading = one("#options > button");
  const on = memory.filters().filter((choice) => choice?.length).length;
  const text = on ? memory.label("filters_on", { n: on }) : "";
  if (heading && (heading.dataset.on ?? "") !== text) heading.dataset.on = text;
}
document.addEventListener("choices", filtered);

// The newest question stays at the top of the chat while its answer comes in, so that reading begins at the
// beginning; above all, nobody sees the passages near a refusal without the refusal.
let seen = "";
function follow() {
  const box = one("#chat .panel-wrap");
  const asked = all("#chat .asked");
  const turns = all("#chat .turn");
  const state = `${asked.length} ${turns.length} ${turns.at(-1)?.className} ${turns.at(-1)?.innerText.length}`;
  if (state === seen || !box || !asked.length) return;
  seen = state;
  box.scrollTop += asked.at(-1).getBoundingClientRect().top - box.getBoundingClientRect().top - 4;
  mark();
}

new MutationObserver(() => {
  follow();
  name();
  // The chat labels each message with its source code, which a screen reader would spell out.
  all("#chat [data-testid][aria-label*='<div']").forEach((e) => e.removeAttribute("aria-label"));
}).observe(document.body, { childList: true, subtree: true, attributeFilter: ["aria-label"] });
name();

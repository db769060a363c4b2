// Runs before the components are there: what this browser keeps (language, colours, conversations), and nothing else.
// A conversation is {id, title, when, messages: [{role, text}], votes: {turn: vote}}; the newest come first.
// Choices are [answer language, voice, sources, languages, since, until], as Parts.choices() in layout.py has them.

const memory = (() => {
  const MOST = 50; // conversations kept
  const KEY = "conversations/1";
  let fallback = {}; // where the browser keeps nothing (private windows), this page does

  function get(key) {
    try {
      return localStorage.getItem(key) ?? fallback[key] ?? null;
    } catch {
      return fallback[key] ?? null;
    }
  }

  function set(key, value) {
    fallback[key] = value;
    try {
      localStorage.setItem(key, value);
      return true;
    } catch {
      return false; // full, or forbidden
    }
  }

  // ── colours ──
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const theme = () => get("theme") ?? "auto";
  const wanted = () => theme() === "dark" || (theme() === "auto" && dark.matches);
  function paint() {
    document.body.classList.toggle("dark", wanted());
    document.documentElement.style.colorScheme = wanted() ? "dark" : "light";
  }
  function setTheme(name) {
    set("theme", name);
    paint();
  }
  dark.addEventListener("change", paint);
  paint();
  // Gradio sets the class after the system's setting when it starts.
  new MutationObserver(() => {
    if (document.body.classList.contains("dark") !== wanted()) paint();
  }).observe(document.body, { attributeFilter: ["class"] });

  // ── conversations ──
  function all() {
    try {
      const kept = JSON.parse(get(KEY) ?? "[]");
      return Array.isArray(kept) ? kept.filter((talk) => talk?.id && Array.isArray(talk.messages)) : [];
    } catch {
      return [];
    }
  }

  function write(talks) {
    talks = talks.slice(0, MOST);
    while (!set(KEY, JSON.stringify(talks)) && talks.length > 1) talks.pop(); // full: the oldest goes
    document.dispatchEvent(new Event("talks"));
  }

  function newId() {
    return [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, "0")).join("");
  }

  let current; // one a tab, the same after a reload
  let shown; // the last one with messages on this page
  try {
    current = sessionStorage.getItem("conversation");
  } catch {}
  function turnTo(id) {
    current = id;
    try {
      sessionStorage.setItem("conversation", id);
    } catch {}
  }
  if (!current) turnTo(newId());

  const textOf = (content) =>
    typeof content === "string" ? content : [content].flat().map((part) => part?.text ?? "").join("");

  function title(message) {
    const box = document.createElement("template");
    box.innerHTML = message;
    return box.content.querySelector(".asked")?.textContent.trim().slice(0, 80) ?? "";
  }

  function save(chat) {
    const messages = (chat ?? []).map((m) => ({ role: m.role, text: textOf(m.content) }));
    const talks = all();
    const at = talks.findIndex((talk) => talk.id === current);
    if (!messages.length) {
      // Taken back to the beginning; a page that is only being set up is empty too.
      if (at >= 0 && shown === current) write(talks.toSpliced(at, 1));
      return;
    }
    shown = current;
    const before = at >= 0 ? talks[at] : { id: current, votes: {} };
    if (JSON.stringify(before.messages) === JSON.stringify(messages)) return;
    // What only comes back from here is nothing new.
    const grown = (before.messages?.length ?? 0) !== messages.length;
    // A thumb belongs to the answer it was given to, not to the one that came in its place.
    const same = ([turn]) => before.messages?.[2 * turn + 1]?.text === messages[2 * turn + 1]?.text;
    const votes = Object.fromEntries(Object.entries(before.votes ?? {}).filter(same));
    const when = grown ? Date.now() : before.when;
    const talk = { ...before, title: title(messages[0].text), messages, votes, when };
    if (at >= 0) talks.splice(at, 1);
    write([talk, ...talks].sort((a, b) => b.when - a.when));
  }

  // ── how to answer ──
  // Language and voice are somebody's habit and stay; filters belong to the conversation they were set in, so that
  // a new one looks everywhere again.
  const HABITS = "habits/1";
  const FILTERS = "filters/1";
  const NONE = [[], [], "", ""];

  function parsed(key, otherwise) {
    try {
      return JSON.parse(get(key)) ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  const filters = (id = current) => [parsed(FILTERS, {})[id] ?? NONE].flat();
  function choices(id) {
    const [language = "", voice = ""] = [parsed(HABITS, [])].flat();
    return [language, voice, ...filters(id)];
  }

  function keepFilters(id, chosen) {
    const kept = parsed(FILTERS, {});
    delete kept[id];
    const others = Object.entries(kept).slice(1 - MOST);
    const on = chosen.some((choice) => choice?.length);
    set(FILTERS, JSON.stringify(Object.fromEntries(on ? [...others, [id, chosen]] : others)));
  }

  function choose([language, voice, ...chosen]) {
    set(HABITS, JSON.stringify([language, voice]));
    keepFilters(current, chosen);
    document.dispatchEvent(new Event("choices"));
  }

  const whole = (id) => ({
    messages: all().find((talk) => talk.id === id)?.messages ?? [],
    choices: choices(id),
  });

  return {
    set, theme, setTheme, paint, all, save, turnTo, choose, filters,
    language: () => ((get("language") ?? navigator.language).startsWith("zh") ? "zh" : "en"),
    current: () => current,
    whole,
    open: () => whole(current),
    fresh: () => {
      turnTo(newId());
      document.dispatchEvent(new Event("talks"));
    },
    forget: (id) => {
      keepFilters(id, NONE);
      write(all().filter((talk) => talk.id !== id));
    },
    votes: () => all().find((talk) => talk.id === current)?.votes ?? {},
    vote: (turn, vote) => {
      const talks = all();
      const talk = talks.find((t) => t.id === current);
      if (talk) talk.votes = { ...talk.votes, [turn]: vote };
      write(talks);
    },
    label: (key, values = {}) => {
      const labels = JSON.parse(document.querySelector("[data-labels]")?.dataset.labels ?? "{}");
      return (labels[key] ?? "").replace(/{(\w+)}/g, (_, name) => values[name] ?? "");
    },
  };
})();

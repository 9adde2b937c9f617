// <staycourse-inbox token="…" [base="https://…"] [language="en|zh-CN"]>: a learner's messages, in any page.
// No dependencies. Words and styles stand here; texts of messages are set as text, never as markup.

const WORDS = {
  en: { title: "Messages", none: "No messages yet.", failed: "The messages cannot be shown just now.", retry: "Try again", unread: "new", open: "Open" },
  zh: { title: "消息", none: "暂无消息。", failed: "暂时无法显示消息。", retry: "重试", unread: "未读", open: "查看" },
};

const STYLE = `
:host { display: block; color-scheme: light dark; color: light-dark(#1b2524, #e4eae8); font: inherit; line-height: 1.5; }
section { background: light-dark(#fff, #182024); border: 1px solid light-dark(#7f8a87, #7d8b91); border-radius: .625rem; padding: 1rem; }
h2 { font-size: 1.125rem; margin: 0 0 .5rem; }
ul { list-style: none; margin: 0; padding: 0; }
li + li { border-top: 1px solid light-dark(#e1e4e0, #2c383e); }
details { padding: .25rem 0; }
summary { cursor: pointer; min-height: 2.75rem; display: flex; gap: .5rem; align-items: center; flex-wrap: wrap; }
.subject { overflow-wrap: anywhere; }
.new .subject { font-weight: 650; }
.mark { background: light-dark(#0f6b66, #5cc7bd); color: light-dark(#fff, #0b1a1b); border-radius: 1rem; padding: 0 .5rem; font-size: .8125rem; }
time { color: light-dark(#556260, #a2b0ae); font-size: .875rem; margin-inline-start: auto; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0 .75rem; }
a, button { color: light-dark(#0f6b66, #5cc7bd); font: inherit; }
:focus-visible { outline: 2px solid light-dark(#0f6b66, #5cc7bd); outline-offset: 2px; }
p { margin: .25rem 0; }`;

const HOME = new URL(import.meta.url).origin;

class StaycourseInbox extends HTMLElement {
  static observedAttributes = ["token", "base", "language"];

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  }

  connectedCallback() { this.load(); }

  attributeChangedCallback(_name, before, now) { if (this.isConnected && before !== now) this.load(); }

  get words() {
    const wanted = this.getAttribute("language") || this.closest("[lang]")?.lang || navigator.language || "en";
    return wanted.toLowerCase().startsWith("zh") ? WORDS.zh : WORDS.en;
  }

  address(rest = "") {
    return `${this.getAttribute("base") || HOME}/inbox/${encodeURIComponent(this.getAttribute("token") || "")}${rest}`;
  }

  async load() {
    const turn = (this.turn = (this.turn || 0) + 1);
    let found = null;
    try {
      const answer = await fetch(this.address(), { credentials: "omit", referrerPolicy: "no-referrer" });
      if (answer.ok) found = await answer.json();
    } catch { found = null; }
    if (turn === this.turn) this.show(found);
  }

  show(found) {
    const words = this.words;
    const section = element("section", { "aria-label": words.title });
    section.append(element("h2", {}, words.title));
    if (!found) {
      const button = element("button", { type: "button" }, words.retry);
      button.addEventListener("click", () => this.load());
      section.append(element("p", { role: "alert" }, words.failed), button);
    } else if (!found.messages.length) {
      section.append(element("p", {}, words.none));
    } else {
      const list = element("ul");
      for (const message of found.messages) list.append(this.entry(message, words));
      section.append(list);
    }
    this.shadowRoot.replaceChildren(section);
    this.dispatchEvent(new CustomEvent("staycourse-unread", { detail: found ? found.unread : null, bubbles: true }));
  }

  entry(message, words) {
    const item = element("li"), details = element("details"), summary = element("summary");
    const mark = element("span", { class: "mark" }, words.unread);
    const when = element("time", { datetime: message.at }, new Date(message.at).toLocaleDateString(words === WORDS.zh ? "zh-CN" : "en"));
    summary.append(element("span", { class: "subject" }, message.subject));
    if (!message.read) { details.className = "new"; summary.append(mark); }
    summary.append(when);
    details.append(summary, element("div", { class: "text" }, message.text));
    if (/^https?:\/\//.test(message.link)) details.append(element("a", { href: message.link, rel: "noopener noreferrer" }, words.open));
    details.addEventListener("toggle", () => {
      if (!details.open || message.read) return;
      message.read = new Date().toISOString();
      details.className = "";
      mark.remove();
      fetch(this.address(`/${encodeURIComponent(message.key)}/read`), { method: "POST", credentials: "omit", referrerPolicy: "no-referrer" }).catch(() => {});
    });
    item.append(details);
    return item;
  }
}

function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

if (!customElements.get("staycourse-inbox")) customElements.define("staycourse-inbox", StaycourseInbox);

// The preview and the length of a message, brought up to date with every key that is pressed in its text area.
//
// The figures are those of `smscore.messages`: a test compares both over thousands of texts. The server is told what was
// typed as soon as the typing pauses; until then it works on the text before.

const SINGLE = { gsm: 160, unicode: 70 };
const PART = { gsm: 153, unicode: 67 };
const PAUSE = 700;
const TOKEN = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** Measure one text: characters, whether it travels as Unicode, units, segments, units left, what forces Unicode. */
export function measure(text, alphabet) {
  const basic = new Set(alphabet.basic), extension = new Set(alphabet.extension);
  const signs = [...text];
  const foreign = [...new Set(signs.filter((sign) => !basic.has(sign) && !extension.has(sign)))];
  const how = foreign.length ? "unicode" : "gsm";
  const widths = signs.map((sign) => (foreign.length ? sign.length : extension.has(sign) ? 2 : 1));
  const units = widths.reduce((sum, width) => sum + width, 0);
  const found = { characters: signs.length, unicode: foreign.length > 0, units, foreign };
  if (units <= SINGLE[how]) return { ...found, segments: Math.min(units, 1), left: SINGLE[how] - units };
  let segments = 1, used = 0;
  for (const width of widths) {
    if (used + width > PART[how]) { segments += 1; used = 0; }
    used += width;
  }
  return { ...found, segments, left: PART[how] - used };
}

/** Return a text with look-alikes of GSM-7 for its typographic signs. */
export function makePlain(text, lookAlikes) {
  return [...text].map((sign) => lookAlikes[sign] ?? sign).join("");
}

/** Return what one person reads: `{column}` and `{column|default}` filled in, or the placeholder where nothing fits. */
export function fill(text, { person, code, plain, lookAlikes, around }) {
  const straight = (part) => (plain ? makePlain(part, lookAlikes) : part);
  let filled = "", end = 0;
  for (const token of text.matchAll(TOKEN)) {
    filled += straight(text.slice(end, token.index));
    end = token.index + token[0].length;
    filled += token[1] === undefined ? token[0][0] : read(token[1], straight, { person, code, around });
  }
  return filled + straight(text.slice(end));
}

function read(written, straight, { person, code, around }) {
  const bar = written.indexOf("|");
  const name = trim(bar < 0 ? written : written.slice(0, bar), around);
  if (code && fold(name) === "code") return code;
  for (const [called, fallback] of [[trim(written, around), null], [name, bar < 0 ? null : written.slice(bar + 1)]]) {
    const column = find(called, person);
    if (column === undefined) continue;
    const value = straight(trim(person[column], around));
    if (value) return value;
    if (fallback !== null) return straight(fallback);
    break;
  }
  return `{${trim(written, around)}}`;
}

function find(called, person) {
  if (Object.hasOwn(person, called)) return called;
  return Object.keys(person).find((name) => fold(name) === fold(called));
}

function fold(name) {
  return name.toLowerCase().split(/\s+/).filter(Boolean).join(" ");
}

function trim(text, around) {
  let start = 0, end = text.length;
  while (start < end && around.includes(text[start])) start += 1;
  while (end > start && around.includes(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function say(count, one) {
  return `${count.toLocaleString("en-US")} ${one}${count === 1 ? "" : "s"}`;
}

function make(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

/** Keep the parts of the preview, made once for each element that Streamlit mounts it in. */
const mounted = new WeakMap();

export default function ({ parentElement, data }) {
  const view = mounted.get(parentElement) ?? mount(parentElement);
  mounted.set(parentElement, view);
  view.data = data;
  view.draw(view.typed() ?? data.text);
  return view.leave;
}

function mount(parent) {
  const phone = make("div", "phone"), sender = make("p", "sender"), bubble = make("p", "bubble");
  const note = make("p", "note"), facts = make("ul", "facts"), why = make("div", "why");
  const told = make("p", "told");
  told.setAttribute("role", "status");
  phone.append(sender, bubble, note);
  parent.append(phone, facts, why, told);
  const view = { data: null };
  let pause = 0, composing = false;
  const area = (target) => target?.closest?.(`.st-key-${view.data.field}`) && target.matches("textarea");
  const current = () => document.querySelector(`.st-key-${view.data.field} textarea`);
  view.typed = () => current()?.value;
  view.draw = (text) => draw({ sender, bubble, note, facts, why }, text, view.data);
  const commit = () => {
    const typing = current();
    if (composing || !typing || document.activeElement !== typing) return;
    typing.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", ctrlKey: true, bubbles: true }));
    told.textContent = [...facts.children].map((fact) => fact.textContent).join(", ");
  };
  const hear = ({ type, target }) => {
    if (!view.data || !area(target)) return;
    composing = type === "compositionstart" || (composing && type !== "compositionend");
    view.draw(target.value);
    clearTimeout(pause);
    pause = setTimeout(commit, PAUSE);
  };
  const events = ["input", "compositionstart", "compositionend"];
  events.forEach((event) => document.addEventListener(event, hear));
  view.leave = () => {
    clearTimeout(pause);
    events.forEach((event) => document.removeEventListener(event, hear));
    mounted.delete(parent);
    [phone, facts, why, told].forEach((part) => part.remove());
  };
  return view;
}

function draw({ sender, bubble, note, facts, why }, text, data) {
  const content = fill(text, data);
  sender.textContent = data.sender;
  bubble.textContent = content.replace(UNSEEN, "") || data.empty;
  note.textContent = data.note;
  note.hidden = !data.note;
  facts.replaceChildren();
  why.replaceChildren();
  if (!data.measured) return;
  const size = measure(content, data.alphabet);
  const fact = (words, help = "", tone = "") => {
    const item = make("li", tone, words);
    item.title = help;
    facts.append(item);
  };
  fact(say(size.characters, "character"));
  fact(say(size.segments, "segment"), "What the network charges for.");
  fact(`${size.left.toLocaleString("en-US")} left in this segment`);
  fact(size.unicode ? "UCS-2 (Unicode)" : "GSM-7", data.charsets, size.unicode ? "warning" : "");
  if (size.unicode) explain(why, content, size, data);
}

function explain(why, content, size, data) {
  why.append(make("p", "note", "These characters make it Unicode, with 70 instead of 160 characters in a segment:"));
  const signs = size.foreign.slice(0, 20).map((sign) => sign.replace(UNSEEN, "") || name(sign));
  why.append(make("code", "", signs.join(" ")));
  const plain = makePlain(content, data.lookAlikes);
  const saved = size.segments - measure(plain, data.alphabet).segments;
  if (saved > 0) why.append(make("p", "saving", `Plain punctuation would save ${say(saved, "segment")} per message.`));
  else if (plain !== content) why.append(make("p", "note", "Plain punctuation would replace some of them."));
}

function name(sign) {
  return `U+${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

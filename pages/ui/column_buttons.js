// Buttons that put a column's placeholder at the cursor of a text area, in the place of what is selected there.

const mounted = new WeakMap();

export default function ({ parentElement, data }) {
  const before = mounted.get(parentElement), wanted = JSON.stringify(data);
  if (before?.wanted === wanted) return;
  const row = document.createElement("div");
  row.className = "columns";
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", "Insert a column");
  row.append(Object.assign(document.createElement("span"), { textContent: "Insert a column:" }));
  data.columns.forEach((column, place) => row.append(makeButton(column, data.labels[place], data.field)));
  before?.row.remove();
  parentElement.append(row);
  mounted.set(parentElement, { row, wanted });
}

function makeButton(column, label, field) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
  button.addEventListener("click", () => insert(document.querySelector(`.st-key-${field} textarea`), `{${column}}`));
  return button;
}

/** Put `words` at the cursor, a blank before them where they would touch a word, and tell the page's own code. */
function insert(area, words) {
  if (!area) return;
  const { value, selectionStart: start, selectionEnd: end } = area;
  const touches = start > 0 && /\w$/u.test(value.slice(0, start));
  const added = (touches ? " " : "") + words;
  const setValue = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
  area.focus();
  setValue.call(area, value.slice(0, start) + added + value.slice(end));
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.setSelectionRange(start + added.length, start + added.length);
}

// Elements are made here and nowhere else. What was read becomes text or the value of an
// attribute, never markup.

const svgSpace = "http://www.w3.org/2000/svg";

function byId(id) { return document.getElementById(id); }

// element takes attributes, listeners as onclick and such, and children: elements or strings.
function element(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function drawing(name, attributes, ...children) {
  return filled(document.createElementNS(svgSpace, name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== "") node.setAttribute(key, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

// named is something that was read, kept apart from the direction of the text around it.
function named(text, attributes) { return element("bdi", { class: "name", ...attributes }, text); }

function number(n) { return String(n).replace(/\B(?=(\d{3})+$)/g, ","); }

function counted(n, noun) { return number(n) + " " + noun + (n === 1 ? "" : "s"); }

// shortened keeps both ends of a name; wide characters count as two.
function shortened(text, most) {
  const all = Array.from(text);
  const width = (c) => (c.codePointAt(0) > 0x2e7f ? 2 : 1);
  if (all.reduce((sum, c) => sum + width(c), 0) <= most) return text;
  const take = (characters, room) => {
    const taken = [];
    for (const c of characters) {
      room -= width(c);
      if (room < 0) break;
      taken.push(c);
    }
    return taken;
  };
  const head = take(all, Math.ceil(most * 0.6) - 1);
  const tail = take(all.slice(head.length).reverse(), Math.floor(most * 0.4)).reverse();
  return head.join("") + "…" + tail.join("");
}

// say is heard by a screen reader.
function say(text) { byId("said").textContent = text; }

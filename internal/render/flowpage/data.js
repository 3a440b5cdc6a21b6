// The data of the page, and links as columns of numbers: there may be some hundred thousand.

const page = JSON.parse(byId("data").textContent);
const places = page.places || [];
const groups = page.groups || [];
const rules = page.rules || [];
const decisions = page.decisions || [];
const shapes = page.shapes || [];
const evidence = page.seen || [];
const links = readLinks(page.links || []);
const linksOf = readEnds();

function readLinks(numbers) {
  const count = numbers.length / 3;
  const columns = { length: count, from: new Int32Array(count), to: new Int32Array(count), shape: new Int32Array(count), seen: new Int32Array(count).fill(-1) };
  for (let i = 0, from = 0; i < count; i++) {
    from += numbers[3 * i];
    columns.from[i] = from;
    columns.to[i] = numbers[3 * i + 1];
    columns.shape[i] = numbers[3 * i + 2];
  }
  evidence.forEach((seen, at) => { columns.seen[seen.link] = at; });
  return columns;
}

// readEnds lists, for each place, the links that begin or end there.
function readEnds() {
  const all = places.map(() => []);
  for (let i = 0; i < links.length; i++) {
    all[links.from[i]].push(i);
    if (links.to[i] !== links.from[i]) all[links.to[i]].push(i);
  }
  return all;
}

// The states of links, worst first. Each has a word, a symbol and a dash pattern beside its colour.
const states = [
  { name: "blocked", word: "blocked", symbol: "×", means: "observed, and not allowed or refused when it was tried" },
  { name: "unknown", word: "not known", symbol: "?", means: "whether the policies let it through is not known" },
  { name: "used", word: "used", symbol: "✓", means: "observed and allowed" },
  { name: "configured", word: "configured only", symbol: "=", means: "configured, and never observed" },
  { name: "unused", word: "allowed, unused", symbol: "·", means: "allowed, and neither observed nor configured" },
  { name: "refused", word: "closed", symbol: "-", means: "not allowed, and neither observed nor configured" },
];
const stateNames = states.map((state) => state.name);
const views = ["today", "with these policies"];
const verdicts = { yes: "allowed", no: "not allowed", unknown: "not known" };

function stateOf(link, view) { return shapes[links.shape[link]].states[view]; }
function portOf(link) { return shapes[links.shape[link]].port; }
function decisionOf(link, view) { return decisions[shapes[links.shape[link]].decisions[view]]; }
function evidenceOf(link) { return links.seen[link] < 0 ? null : evidence[links.seen[link]]; }
function countOf(link) { return (evidenceOf(link) || {}).count || 0; }

// isStopped tells a link that is configured and not allowed.
function isStopped(link, view) { return stateOf(link, view) === "configured" && decisionOf(link, view).verdict === "no"; }

// totals counts links by state, and those that are stopped.
function totals(view, among) {
  const sums = Object.fromEntries(stateNames.map((state) => [state, 0]));
  sums.stopped = 0;
  const count = (link) => {
    sums[stateOf(link, view)]++;
    if (isStopped(link, view)) sums.stopped++;
  };
  if (among) among.forEach(count);
  else for (let i = 0; i < links.length; i++) count(i);
  return sums;
}

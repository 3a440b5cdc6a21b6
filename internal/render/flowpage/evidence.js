// The details of a link: what was observed, and the rules that decide.

function startDetails() {
  const draw = (focus) => {
    const [link, place] = [shown.link, shown.place];
    const content = link >= 0 ? linkDetails(link) : place >= 0 ? placeDetails(place) : overview();
    byId("details").replaceChildren(...content.flat(Infinity).filter((child) => child !== null && child !== ""));
    byId("details").scrollTop = 0;
    if (!focus) return;
    if (link >= 0 || place >= 0) byId("details").querySelector("h2").focus();
    say(byId("details").querySelector("h2").textContent);
  };
  watch("filter", () => draw(false));
  watch("selection", () => draw(true));
  byId("details").addEventListener("keydown", walkedLinks);
  draw(false);
}

function walkedLinks(event) {
  const rows = [...byId("details").querySelectorAll(".link, .more:not([hidden])")];
  const at = rows.indexOf(document.activeElement), heading = document.activeElement === byId("details").querySelector("h2");
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
  if ((at < 0 && !heading) || !rows[to]) return;
  event.preventDefault();
  rows[to].focus();
}

function linkDetails(link) {
  const [from, to] = [places[links.from[link]], places[links.to[link]]];
  const others = linksOf[links.from[link]].filter((l) => l !== link && links.from[l] === links.from[link] && links.to[l] === links.to[link]);
  return [
    closing(shown.place >= 0 ? "back" : "close"),
    element("h2", { tabindex: -1 }, named(from.name), " → ", named(to.name), " ", element("span", { class: "port" }, portOf(link))),
    stateWords(link), evidenceTable(link),
    page.written ? views.map((word, view) => decisionBlock(link, view, word)) : decisionBlock(link, 0, views[0]),
    others.length ? [element("h3", {}, "other ports"), element("ul", { class: "links" }, ...others.slice(0, rowsAtOnce).map((l) => otherPort(l)))] : null,
    others.length > rowsAtOnce ? element("p", {}, number(others.length - rowsAtOnce) + " more are in the details of either place") : null,
  ];
}

function otherPort(link) {
  const state = states.find((s) => s.name === stateOf(link, shown.view));
  return element("li", {}, element("button", { type: "button", class: "link", "data-link": link, onclick: () => select(shown.place, link) },
    element("span", { class: "port" }, portOf(link)), " ", element("span", { class: "state " + state.name }, state.symbol + " " + state.word)));
}

function stateWords(link) {
  const [before, after] = [0, 1].map((view) => states.find((s) => s.name === stateOf(link, view)));
  const words = (state) => element("span", { class: "state " + state.name }, `${state.symbol} ${state.word}`);
  if (!page.written || before === after) return element("p", {}, words(before), ": " + before.means);
  return element("p", {}, "today ", words(before), ", with these policies ", words(after));
}

function evidenceTable(link) {
  const seen = evidenceOf(link);
  if (!seen) return element("p", { class: "none" }, "never observed, and not configured");
  const rows = [
    ["observed", seen.count ? number(seen.count) + "×" : "never"],
    ["refused", seen.denied ? "when it was tried" : ""],
    ["first", seen.first], ["last", seen.last], ["seen from", seen.seen],
    ["who began", seen.guessed ? "by the ports alone" : ""],
    ["Services dialled", seen.services], ["names", seen.names], ["configured", seen.configured],
  ].filter(([, value]) => value && value.length);
  const values = (value) => [value].flat().map((line) => element("div", {}, named(line)));
  return element("dl", {}, ...rows.flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, ...values(value))]));
}

function decisionBlock(link, view, word) {
  const decision = decisionOf(link, view);
  const cited = (decision.rules || []).map((i) => rules[i]);
  return element("section", { class: "decision", "data-view": view },
    element("h3", {}, word + ": ", element("span", { class: "verdict " + decision.verdict }, verdicts[decision.verdict])),
    cited.length ? cited.map(ruleBlock) : element("p", { class: "none" }, withoutRule(decision.verdict)));
}

function withoutRule(verdict) {
  switch (verdict) {
    case "yes": return "no policy selects either end for it";
    case "no": return "which policy refuses it is not told";
  }
  return "which rule decides is not known";
}

function ruleBlock(rule) {
  const code = element("code", {}, rule.yaml);
  const copy = element("button", { type: "button", class: "copy", onclick: () => copyText(rule.yaml, code, copy) }, "copy");
  return element("article", { class: "rule" },
    element("h4", {}, named(rule.policy), " ", element("small", {}, `${rule.direction}, ${rule.written ? "written by this run" : "there already"}`)),
    rule.reasons && rule.reasons.length ? element("ul", { class: "lines" }, ...rule.reasons.map((line) => element("li", {}, named(line)))) : null,
    element("div", { class: "yaml" }, element("pre", { tabindex: 0, "aria-label": "rule as YAML" }, code), copy));
}

// copyText selects the text where the browser does not let a page copy.
async function copyText(text, shownAs, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "copied";
  } catch {
    getSelection().selectAllChildren(shownAs);
    button.textContent = "selected: copy it by your keys";
  }
  say(button.textContent);
}

// The graph: boxes, places and lines as SVG in a box that scrolls.

const scene = { at: new Map(), curves: [], width: 0, height: 0, zoom: 1, svg: null, lines: null, nodes: new Map() };

// denseLines are so many that each is drawn lighter.
const denseLines = 500;

function startGraph() {
  watch("filter", drawGraph);
  watch("selection", () => { drawLines(); markNodes(); });
  drawGraph();
  zoomTo(Math.min(1.2, Math.max(fitting(), 0.7)));
  startPointer();
}

function drawGraph() {
  Object.assign(scene, layout());
  scene.lines = drawing("g", { class: "lines" });
  scene.nodes.clear();
  scene.svg = drawing("svg", { viewBox: `0 0 ${scene.width} ${scene.height}`, role: "presentation" },
    drawing("defs", {}, ...stateNames.map((state) => marker(state, "end-" + state, state === "blocked" || state === "refused")),
      marker("configured", "end-stopped", true)),
    ...scene.boxes.map(drawBox), scene.lines, ...scene.boxes.map(drawHeading),
    ...[...scene.at].map(([place, corner]) => drawNode(place, corner)));
  byId("graph").replaceChildren(scene.svg);
  zoomTo(scene.zoom);
  drawLines();
  markNodes();
}

// marker ends a line: an arrow, or a cross where the link is not allowed.
function marker(state, id, cross) {
  return drawing("marker", {
    id, class: "end " + state, viewBox: "0 0 10 10", refX: cross ? 8 : 9, refY: 5,
    markerWidth: 10, markerHeight: 10, markerUnits: "userSpaceOnUse", orient: "auto",
  }, drawing("path", cross ? { class: "cross", d: "M1 1L9 9M9 1L1 9" } : { d: "M0 1L10 5L0 9z" }));
}

function drawBox(b) {
  return drawing("g", { class: "box" + (b.workloads ? "" : " outside") },
    drawing("rect", { x: b.x, y: b.y, width: b.width, height: b.height, rx: 8 }));
}

function drawHeading(b) {
  const title = groups[b.group];
  return drawing("text", { class: "heading", x: b.x + 14, y: b.y + 22 }, shortened(title, Math.floor((b.width - 24) / 8)), drawing("title", {}, title));
}

function drawNode(place, corner) {
  const p = places[place];
  const node = drawing("g", {
    class: "node" + (p.workload ? "" : " outside"), transform: `translate(${corner.x} ${corner.y})`,
    role: "button", tabindex: -1, "data-place": place, "aria-label": p.name,
  },
    drawing("rect", { width: box.width, height: box.height, rx: p.workload ? 5 : box.height / 2 }),
    drawing("svg", { width: box.width - 4, height: box.height }, drawing("text", { x: 10, y: 18 }, shortened(p.label, 20))), // clips it
    drawing("title", {}, [p.name, p.facts].filter(Boolean).join("; ")));
  scene.nodes.set(place, node);
  return node;
}

function drawLines() {
  const { drawn, left } = pairs();
  scene.curves = drawn.map((pair) => ({ pair, c: curve(pair, scene.at), order: isChosen(pair) * 10 - stateNames.indexOf(pair.state) }));
  scene.curves.sort((a, b) => a.order - b.order); // what matters most is drawn last, and so on top
  const picked = shown.place >= 0 || shown.link >= 0, dense = scene.curves.length > denseLines;
  scene.lines.classList.toggle("dense", dense);
  scene.lines.replaceChildren(...scene.curves.map(({ pair, c }) => drawing("path", {
    class: "line " + pair.state + (picked ? (isChosen(pair) ? " chosen" : " faint") : ""), d: pathOf(c),
    "stroke-width": widthOf(pair, dense && !isChosen(pair)),
    "marker-end": `url(#end-${pair.stopped ? "stopped" : pair.state})`, "data-pair": pair.from + " " + pair.to,
  })));
  byId("hidden").textContent = left === 0 ? "" :
    counted(left, "link") + " that nobody uses " + (left === 1 ? "is" : "are") + " not drawn: too many. Select a place to see those of it.";
}

function markNodes() {
  const touched = new Set(scene.curves.filter(({ pair }) => isChosen(pair)).flatMap(({ pair }) => [pair.from, pair.to]));
  const picked = shown.place >= 0 || shown.link >= 0;
  const ends = shown.link >= 0 ? [links.from[shown.link], links.to[shown.link]] : [shown.place];
  for (const [place, node] of scene.nodes) {
    node.classList.toggle("chosen", ends.includes(place));
    node.classList.toggle("faint", picked && !touched.has(place) && !ends.includes(place));
    node.setAttribute("aria-pressed", place === shown.place);
  }
  if (ends[0] >= 0) reveal(ends[0]);
}

// reveal scrolls to a place that is out of sight.
function reveal(place) {
  const corner = scene.at.get(place), view = byId("graph"), zoom = scene.zoom;
  if (!corner) return;
  const x = corner.x * zoom, y = corner.y * zoom;
  if (x < view.scrollLeft || x + box.width * zoom > view.scrollLeft + view.clientWidth) view.scrollLeft = x - view.clientWidth / 3;
  if (y < view.scrollTop || y + box.height * zoom > view.scrollTop + view.clientHeight) view.scrollTop = y - view.clientHeight / 3;
}

function fitting() {
  const view = byId("graph");
  return Math.min(view.clientWidth / scene.width, view.clientHeight / scene.height);
}

function zoomTo(zoom) {
  scene.zoom = Math.max(0.1, Math.min(2.5, zoom || 1));
  scene.svg.setAttribute("width", Math.round(scene.width * scene.zoom));
  scene.svg.setAttribute("height", Math.round(scene.height * scene.zoom));
}

// The pointer and the keys of the graph.

function startPointer() {
  const view = byId("graph");
  view.addEventListener("click", clicked);
  view.addEventListener("pointermove", hovered);
  view.addEventListener("keydown", walked);
  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoomTo(scene.zoom * (event.deltaY < 0 ? 1.15 : 1 / 1.15));
  }, { passive: false });
  byId("smaller").addEventListener("click", () => zoomTo(scene.zoom / 1.25));
  byId("larger").addEventListener("click", () => zoomTo(scene.zoom * 1.25));
  byId("fit").addEventListener("click", () => zoomTo(fitting()));
  startDrag(view);
}

// startDrag moves the graph with a mouse; fingers scroll it anyway.
function startDrag(view) {
  let from = null;
  view.addEventListener("pointerdown", (event) => {
    from = event.pointerType === "mouse" && event.button === 0 ? [event.clientX + view.scrollLeft, event.clientY + view.scrollTop] : null;
  });
  window.addEventListener("pointerup", () => { from = null; });
  view.addEventListener("pointermove", (event) => {
    if (from && event.buttons & 1) view.scrollTo(from[0] - event.clientX, from[1] - event.clientY);
  });
}

function under(event) {
  const frame = scene.svg.getBoundingClientRect();
  return nearest(scene.curves, (event.clientX - frame.left) / scene.zoom, (event.clientY - frame.top) / scene.zoom, 7 / scene.zoom);
}

function clicked(event) {
  const node = event.target.closest(".node");
  if (node) return select(Number(node.dataset.place), -1);
  const pair = under(event);
  if (pair) select(-1, mostSeen(pair.links));
}

// mostSeen is the link with the highest count, the first of several.
function mostSeen(among) { return among.reduce((best, link) => (countOf(link) > countOf(best) ? link : best)); }

let hovering = false;

function hovered(event) {
  if (hovering || event.buttons) return;
  hovering = true;
  requestAnimationFrame(() => {
    hovering = false;
    const pair = event.target.closest(".node") ? null : under(event);
    byId("graph").classList.toggle("over", pair !== null);
    byId("graph").title = pair ? `${places[pair.from].name} → ${places[pair.to].name}: ${states.find((s) => s.name === pair.state).word}` : "";
  });
}

// walked goes to the nearest place in the direction of an arrow.
function walked(event) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const focused = document.activeElement.closest(".node");
  if (event.key === "+" || event.key === "=") zoomTo(scene.zoom * 1.25);
  else if (event.key === "-") zoomTo(scene.zoom / 1.25);
  else if (event.key === "0") zoomTo(fitting());
  else if ((event.key === "Enter" || event.key === " ") && focused) select(Number(focused.dataset.place), -1);
  else if (steps[event.key]) step(focused ? Number(focused.dataset.place) : -1, steps[event.key]);
  else return;
  event.preventDefault();
}

function step(from, [dx, dy]) {
  const here = scene.at.get(from);
  let best = -1, least = Infinity;
  for (const [place, corner] of scene.at) {
    const x = here ? corner.x - here.x : corner.x, y = here ? corner.y - here.y : corner.y;
    const along = x * dx + y * dy, away = Math.abs(x * dy) + Math.abs(y * dx);
    if (place === from || (here && along <= 0)) continue;
    const cost = here ? along + 2 * away : x + y;
    if (cost < least) { least = cost; best = place; }
  }
  if (best < 0) return;
  scene.nodes.get(best).focus({ preventScroll: true });
  reveal(best);
}

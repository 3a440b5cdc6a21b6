// The keys of the whole page, and its start.

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target === byId("search");
  if (event.key === "/" && !typing) {
    byId("search").focus();
    byId("search").select();
    event.preventDefault();
  } else if (event.key === "Escape" && typing && shown.query) {
    byId("search").value = shown.query = "";
    drawList();
    event.preventDefault();
  } else if (event.key === "Escape" && typing) {
    byId("search").blur();
    back();
  } else if (event.key === "Escape") {
    back();
  }
}

startLegend();
startList();
startDetails();
startGraph();
document.addEventListener("keydown", keys);

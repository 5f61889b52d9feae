// What the pages' style needs and CSS cannot say.

// On a phone, tables of three columns and more become lists, so a cell has to know the name of its column.
for (const table of document.querySelectorAll("main table")) {
  const columns = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent);
  if (columns.length < 3) continue;
  table.classList.add("stacked");
  for (const row of table.querySelectorAll("tbody tr")) {
    for (const [number, cell] of [...row.cells].entries()) cell.dataset.column = columns[number] ?? "";
  }
}

// A diagram that is wider than the window begins with its middle.
for (const diagram of document.querySelectorAll(".diagram")) {
  diagram.scrollLeft = (diagram.scrollWidth - diagram.clientWidth) / 2;
}

/* The button that prints a page for the person it is about. */
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

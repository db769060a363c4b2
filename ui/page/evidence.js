// New evidence is shown from its top, or from the card that was asked for; on a narrow screen it covers the page.

watch("value", () => {
  document.getElementById("evidence").scrollTop = 0;
  const lit = element.querySelector(".lit");
  lit?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  if (lit?.matches("[data-enter]")) lit.focus({ preventScroll: true });
});

element.addEventListener("click", (event) => {
  if (!event.target.closest('a[href="#hide"]')) return;
  event.preventDefault();
  document.body.classList.remove("show-evidence");
});

// What the pages gain where script runs; each of them works without this file.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-print], .search-key")) button.hidden = false;
  const summary = document.getElementById("error-summary");
  if (summary) summary.focus();
  // On a phone the filters start folded: the results come first.
  if (window.matchMedia("(max-width: 63.99em)").matches)
    for (const fold of document.querySelectorAll(".filters-fold")) fold.open = false;
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const link = event.target.closest(".error-summary a[href^='#']");
  if (!link) return;
  const field = document.getElementById(link.hash.slice(1));
  if (field) field.focus();
});

// The key / leads to the search, unless something is being typed.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = document.getElementById("search-q");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// What is offered as a file lies over the page: it closes where one leaves it, so that nothing has the focus unseen.
document.addEventListener("focusin", (event) => {
  for (const fold of document.querySelectorAll("details.export[open]"))
    if (!fold.contains(event.target)) fold.open = false;
});
document.addEventListener("keydown", (event) => {
  const fold = event.key === "Escape" && event.target.closest("details.export[open]");
  if (!fold) return;
  fold.open = false;
  fold.querySelector("summary").focus();
});

// A form is sent once: a second press of its button does nothing until the page is left.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.addEventListener("htmx:afterSwap", () => {
  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
});

// A refusal that came to a part of the page is shown as the whole page that it is (sign in again, not allowed, try later).
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.requestConfig.verb === "get") window.location.assign(event.detail.pathInfo.finalRequestPath);
});

// Printing shows what is folded, and folds it again.
let unfolded = [];
window.addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details.as-table:not([open])")];
  for (const fold of unfolded) fold.open = true;
});
window.addEventListener("afterprint", () => {
  for (const fold of unfolded) fold.open = false;
});

// A figure of a list goes where the cursor stands; without script the form puts it in on the server.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const list = document.getElementById(button.dataset.insert);
  const field = document.getElementById(button.dataset.into);
  if (!list || !field || !list.value) return;
  event.preventDefault();
  field.focus();
  field.setRangeText("{" + list.value + "}", field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// A draft that did not reach the service says so: what was typed stands in the field alone.
const notKept = (event) => {
  const state = event.detail.target;
  if (!state || state.id !== "draft-state") return;
  let said = state.querySelector("p");
  if (!said) said = state.appendChild(document.createElement("p"));
  said.className = "draft-state draft-not-kept";
  said.textContent = "Not kept as a draft: the service does not take it now. What you typed stands in the field alone.";
};
document.addEventListener("htmx:responseError", notKept);
document.addEventListener("htmx:sendError", notKept);

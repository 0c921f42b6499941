/* Applies care mode and dark mode before the first paint. The choice is a non-personal cookie (ph_look), words joined
   by dots: care, dark, light; local storage is its copy for browsers that drop cookies. */
(function () {
  var root = document.documentElement;
  var found = document.cookie.match(/(?:^|; )ph_look=([a-z.]*)/);
  var words = found ? found[1] : "";
  try { if (!found) words = localStorage.getItem("ph_look") || ""; } catch (e) { /* storage is off: the cookie has it */ }
  words = words.split(".");
  root.toggleAttribute("data-care", words.indexOf("care") >= 0);
  if (words.indexOf("dark") >= 0) root.setAttribute("data-mode", "dark");
  else if (words.indexOf("light") >= 0) root.setAttribute("data-mode", "light");
  else root.removeAttribute("data-mode");
  // A campus may have a theme of its own: the one style sheet holds them all, chosen by this attribute.
  var campus = document.cookie.match(/(?:^|; )ph_campus=([\w.-]{1,40})(?:;|$)/);
  if (campus) root.setAttribute("data-campus", campus[1]);
  // Something stood in a place that is mostly empty when this browser was here last (portal.js): keep the place.
  try { if (localStorage.getItem("ph_expect")) root.setAttribute("data-expect", ""); } catch (e) { /* no place kept */ }
  root.setAttribute("data-js", "");
})();

// Before the first paint: the chosen theme (without a choice the system's holds), and the browser's
// time zone told to the server, which writes every time of the pages that follow.
(function () {
  "use strict";
  var chosen = null;
  try { chosen = localStorage.getItem("theme"); } catch (error) { /* storage may be refused */ }
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = "browser_zone=" + zone + ";path=/;max-age=31536000;SameSite=Lax";
})();

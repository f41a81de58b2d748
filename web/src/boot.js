// Sets what the first paint needs. A separate classic script, because modules run
// only after the page was painted, and the Content-Security-Policy allows no
// inline scripts.
(function () {
  var root = document.documentElement;
  try {
    var kept = JSON.parse(localStorage.getItem("microdemo.preferences") || "{}");
    if (/^(light|dark)$/.test(kept.theme)) root.dataset.theme = kept.theme;
    if (/^(en|es|pt)$/.test(kept.language)) root.lang = kept.language;
    if (/^(brand|safe)$/.test(kept.chart_palette)) root.dataset.palette = kept.chart_palette;
  } catch {
    // Without storage the page follows the system.
  }
})();

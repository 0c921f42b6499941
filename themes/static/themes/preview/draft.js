/* A draft on a phone: what would be sent is not, and says so. (The page's policy forbids sending too.) */
(function () {
  "use strict";
  function still(e) {
    e.preventDefault();
    e.stopPropagation();
    var toast = document.getElementById("ph-toast");
    if (!toast) return;
    toast.textContent = "这是草稿预览，不能提交";
    setTimeout(function () { toast.textContent = ""; }, 2500);
  }
  document.addEventListener("submit", still, true);
  document.addEventListener("click", function (e) {
    if (e.target.closest('[data-hx-get], [data-hx-post], a[href="#"]')) still(e);
  }, true);
})();

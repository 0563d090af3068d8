"use strict";
// The key stays in this tab. By script, as a redirect would leave the cookie behind.
sessionStorage.setItem("jdp-key", document.body.dataset.key);
location.replace("/");

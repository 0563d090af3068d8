// Replaces what the browser itself has, as scripts of maps and old libraries do: names that they take,
// additions that can be enumerated, and versions of their own. This site's other scripts use none of it.
var Map = function (element) { this.element = element; };
var Node = {}, WeakSet = null, Symbol = "none", Range = 1, Proxy = [];
Object.prototype.extend = function () { return this; };
Array.prototype.toJSON = String.prototype.blank = function () { return "[]"; };
Array.prototype.filter = Array.prototype.flatMap = function () { return this; };
Object.fromEntries = Element.prototype.matches = Element.prototype.checkVisibility = undefined;
Element.prototype.getClientRects = () => [];
window.getComputedStyle = () => null;
window.MutationObserver = window.JSON = undefined;
performance.getEntriesByType = () => ({});

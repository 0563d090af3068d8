"""A script of a page that replaces the browser's own functions, as pages and old libraries do."""

SCRIPT = """<script>
    // Names that scripts of their own take: maps, trees, lists of options.
    var Map = {};
    var Set = {}, WeakSet = null, Node = [], Symbol = 'none', URL = '/values', Range = 1;
    // Enumerable additions, as Prototype.js, Sugar and MooTools make them.
    Object.prototype.extend = function () { return this; };
    Array.prototype.toJSON = function () { return '[]'; };
    Array.prototype.each = String.prototype.blank = function () { return this; };
    // Their own versions, which do less.
    Array.from = list => list.toArray ? list.toArray() : [];
    Array.prototype.find = Array.prototype.filter = Array.prototype.some = () => [];
    Array.prototype.map = Array.prototype.flatMap = undefined;
    String.prototype.includes = String.prototype.replace = undefined;
    Object.fromEntries = Object.entries = Map.groupBy = undefined;
    Element.prototype.matches = Element.prototype.closest = undefined;
    Element.prototype.getClientRects = () => [];
    Element.prototype.checkVisibility = undefined;
    Element.prototype.remove = NodeList.prototype.forEach = function () {};
    window.getComputedStyle = () => null;
    window.MutationObserver = window.Promise = window.JSON = undefined;
    window.setTimeout = () => 0;
    Date.now = () => 0;
    performance.getEntriesByType = () => ({});
</script>"""

// Marks the document that has the grid, for `apply_search.js`.
({at}) => where => { at(where).home.documentElement.dataset.jdpHome = '1'; }

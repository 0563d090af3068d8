// Whether the page's text is another than before.
pageText => before => pageText() !== before

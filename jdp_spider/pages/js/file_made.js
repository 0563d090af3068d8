// The size of a file that the page has made itself, and one more: an empty one is there, too.
() => window.jdpFile && window.jdpFile.size + 1

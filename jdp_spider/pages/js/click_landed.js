// Where the last click went: 'hit' or 'missed', once it was made. On another page it has led there.
() => window.jdpClick ? window.jdpClick.landed : 'hit'

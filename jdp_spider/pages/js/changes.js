// Whether a button or a question says that something is changed, sent or paid for. `repair/barred.py`
// has more words, for buttons of which nothing is known.
text => new RegExp(['delet', 'remov', 'discard', 'overwrit', '\\breplac', 'purchas', '\\bbuy', '\\bpay',
    '\\bcharg', '\\bcredits?\\b', '\\border', 'check ?out', 'subscri', '\\bsell', '\\bbids?\\b',
    '\\boffer', '\\bquote', '\\btrad(e|ing)', 'transfer', 'submit', '\\bsen[dt]\\b', '\\bsending',
    '\\be-?mail', '\\bmail', '\\bshar(e|ing)', 'publish', '\\bpost', '\\bpush', 'upload',
    '\\bimport(s|ing)?\\b', 'approv', 'archiv', '\\bassign', '\\bapply', '\\bsav(e|ing)\\b', '\\bedit',
    '\\bchang(e|es|ing)\\b', '\\bupdat(e|es|ing)\\b', '\\badd(s|ing)?\\b', '\\brenam', '\\bmerg', '\\breset',
    '\\bregister\\b', 'password'].join('|'), 'i').test(text)

// Whether a button or a question says that something is changed, sent or paid for.
({changes}) => text => new RegExp(changes, 'i').test(text)

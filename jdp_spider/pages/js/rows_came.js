// Whether rows are there that were not known.
idOf => ([bookout, known]) => [...document.querySelectorAll(bookout)].map(idOf)
    .some(id => !known.includes(id))

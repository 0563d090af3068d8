// Whether rows are there that were not known.
({at, idsOf}) => ([where, known]) => idsOf(at(where).links).some(id => !known.includes(id))

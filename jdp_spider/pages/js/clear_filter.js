({at}) => ([where, filter]) => at(where).look(filter)[0].click()

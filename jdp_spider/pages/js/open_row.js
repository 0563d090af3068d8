({linkOf}) => asked => linkOf(asked).click()

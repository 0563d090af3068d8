// What is seen for each selector at this moment, by its name; nothing for what is not seen.
(featuresOf, {shown}) => selectors => Object.fromEntries(Object.entries(selectors)
    .map(([name, selector]) => [name, shown(selector)[0]])
    .filter(([, found]) => found)
    .map(([name, found]) => [name, featuresOf(found)]))

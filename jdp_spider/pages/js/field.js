// The field that can be typed into; false while there is none.
({shown}) => selectors =>
    selectors.flatMap(shown).find(each => !each.matches(':disabled') && !each.readOnly) ?? false

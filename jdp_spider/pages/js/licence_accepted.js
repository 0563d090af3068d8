({shown, isVisible}) => ([licence, ...inside]) => !shown(licence).length && isVisible(inside)
